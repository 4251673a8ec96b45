"""The one QEMU runner of Strata: the grader, `make run` and `make gdb` all start the machine here.

Invariant: with `Config.icount` set, a run is a pure function of the image and the fw_cfg strings. Hence
 - the image is attached as an SD card: QEMU serves each access within the guest's own instruction. A CD-ROM (or any
   other disk) answers when the host gets round to it, and then even the time at which the kernel starts differs;
 - the watchdog acts by `reset`, which `reboot=shutdown,shutdown=pause` turn into a stop for inspection: it falls on an
   exact instruction, while `pause` lets the guest run on for some thousands;
 - RDRAND is seeded, and the machine's clock is guest time.
No verdict depends on the load of the host: it rests on QEMU's events, the guest's state, guest time and CPU time.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import guest

FW_CFG_PREFIX = "opt/org.strata/"
SMALLEST_CARD = 1 << 20     # bytes; the size of an SD card is a power of two
POLL_SECONDS = 0.1          # between looks at the limits; events and the end of QEMU are noticed at once
SILENCE_SECONDS = 60        # guest time; twice the longest that the watchdog can be set to
STANDSTILL_POLLS = 50       # looks at a halted machine that cannot wake up before it is given up,
POLL_STANDSTILL_SECONDS = 0.02  # and the time between them
ANSWER_SECONDS = 30         # wall time that QEMU has for one answer
TAIL_BYTES = 1 << 14        # of a log
READ_ACPI_TIMER = "i /w 0x608"  # monitor command; 280 ns of guest time a tick, wraps soon
PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None    # elsewhere only `atexit` ends QEMU with us
PR_SET_PDEATHSIG = 1
OnLine = Optional[Callable[[bytes], None]]  # gets each line of COM2, without its end, soon after it was written


class QemuError(Exception):
    """QEMU did not start, died, or did not answer; the text quotes QEMU."""


class QemuSilent(QemuError):
    """QEMU runs and does not answer."""


@dataclass
class Config:
    """What to run. Limits that are None are not applied."""

    iso: Path
    memory_mib: int = 256
    smp: int = 1
    icount: Optional[int] = 5                   # 2^icount ns of guest time an instruction; None: real time, not exact
    fw_cfg: Dict[str, str] = field(default_factory=dict)    # name without FW_CFG_PREFIX -> value
    console: str = "file"                       # COM1: "file", "terminal" (Ctrl-a x leaves) or "stdout"
    extra: List[str] = field(default_factory=list)          # more arguments; relative paths mean the private folder
    stopped: bool = False                       # wait for GDB: Unix socket `gdb` in the folder
    cpu_seconds: Optional[float] = 6            # CPU time of the QEMU process
    wall_seconds: Optional[float] = 90          # last resort on an overloaded host
    output_bytes: Optional[int] = 1 << 20       # on each serial port, and of QEMU's log
    qemu: str = field(default_factory=lambda: os.environ.get("QEMU", "qemu-system-x86_64"))


@dataclass
class Outcome:
    """How a run ended, and the evidence. `reason` is one of

    exit          the guest wrote `value` to the debug-exit port (its low 7 bits get through)
    triple-fault  an exception could not be delivered;  reset: the guest asked for any other reset
    shutdown      the guest switched the machine off (ACPI)
    watchdog      the guest missed the deadline, in guest time, that it had set itself
    halted        all CPUs halted, and nothing came in SILENCE_SECONDS of guest time, or no timer is left to wake them
    cpu-limit, wall-limit, flood    a limit of Config was passed; what `flood` wrote is cut off at the limit
    quit          a person left with Ctrl-a x
    failed        QEMU did not start or died: see `detail`
    """

    reason: str
    value: Optional[int] = None
    detail: str = ""
    com1: bytes = b""
    com2: bytes = b""
    cpus: List[Dict[str, int]] = field(default_factory=list)    # see guest.parse_registers; empty when the guest was gone
    cpu_seconds: float = 0
    wall_seconds: float = 0
    log: str = ""       # tail of qemu.log

    @property
    def registers(self) -> Dict[str, int]:
        """Those of the first CPU that is not halted, else of CPU 0; empty when the guest was gone."""
        return next((cpu for cpu in self.cpus if not cpu["halted"]), self.cpus[0] if self.cpus else {})


class Qmp:
    """QEMU's control channel. `events` holds what was not asked for; `closed` tells that QEMU has ended."""

    def __init__(self, channel: socket.socket) -> None:
        self.events: List[Dict[str, Any]] = []
        self.closed = False
        self.answer_seconds = ANSWER_SECONDS
        self._channel = channel
        self._buffer = b""
        self._answers: List[Dict[str, Any]] = []

    def wait(self, seconds: float) -> None:
        """Returns after `seconds`, or at once when something arrived or QEMU ended."""
        self._channel.settimeout(max(seconds, 0.001))
        try:
            data = self._channel.recv(1 << 16)
        except socket.timeout:
            return
        except ConnectionError:
            data = b""
        self.closed = not data
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for message in map(json.loads, lines):
            (self.events if "event" in message else self._answers).append(message)

    def answer(self) -> Dict[str, Any]:
        """The next message that is no event; the first one is QEMU's greeting. Throws QemuError."""
        deadline = time.monotonic() + self.answer_seconds
        while not self._answers:
            if self.closed:
                raise QemuError("QEMU ended")
            if time.monotonic() > deadline:
                raise QemuSilent(f"QEMU did not answer within {self.answer_seconds} s")
            self.wait(deadline - time.monotonic())
        return self._answers.pop(0)

    def command(self, name: str, **arguments: Any) -> Any:
        """Executes a QMP command and returns its result. Throws QemuError."""
        self._channel.settimeout(self.answer_seconds)
        with contextlib.suppress(OSError):  # it has ended, as the missing answer will tell
            self._channel.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        answer = self.answer()
        if "error" in answer:
            raise QemuError(f"{name}: {answer['error']['desc']}")
        return answer["return"]

    def human(self, line: str) -> str:
        """The text that QEMU's monitor prints for a command line. Throws QemuError."""
        return self.command("human-monitor-command", **{"command-line": line})


class Machine:
    """A context manager: inside, a QEMU process that is stopped before its first instruction (QMP's `cont` starts it),
    and a private folder with its files. Both are gone afterwards, the process also when ours is killed. Open, use and
    close it in one thread: Linux ends QEMU together with the thread that started it. Entering throws QemuError."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.folder: Path
        self.process: subprocess.Popen[bytes]
        self.qmp: Qmp
        self._resources = contextlib.ExitStack()
        self._cpu_seconds = 0.0

    def __enter__(self) -> Machine:
        with contextlib.ExitStack() as resources:
            self.folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="strata-")))
            try:
                self._fill_folder()
                self._start(resources)
                self.qmp.answer()
                self.qmp.command("qmp_capabilities")
            except (OSError, QemuError) as error:
                raise QemuError(self.errors() or str(error)) from error
            self._resources = resources.pop_all()
        atexit.register(self.close)
        return self

    def close(self, *_: Any) -> None:
        """Ends QEMU and removes the folder; may be called again."""
        self._resources.close()
        atexit.unregister(self.close)

    __exit__ = close

    def registers(self) -> List[Dict[str, int]]:
        """Those of each CPU; exact when the guest is stopped or halted."""
        return guest.parse_registers(self.qmp.human("info registers -a"))

    def guest_seconds(self) -> int:
        """Guest time in seconds from an arbitrary moment, as the real-time clock shows it; starts again each month."""
        now = self.qmp.command("qom-get", path="/machine", property="rtc-time")
        return ((now["tm_mday"] * 24 + now["tm_hour"]) * 60 + now["tm_min"]) * 60 + now["tm_sec"]

    def cpu_seconds(self) -> float:
        """CPU time, user and system, that QEMU has used."""
        pid = self.process.pid
        if self.process.returncode is None and sys.platform == "linux":
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            self._cpu_seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        elif self.process.returncode is None:   # [[days-]hours:]minutes:seconds
            shown = subprocess.run(["ps", "-o", "time=", "-p", f"{pid}"], stdout=subprocess.PIPE, check=False).stdout
            parts = map(float, reversed(re.findall(r"[\d.]+", shown.decode())))
            self._cpu_seconds = sum(part * unit for part, unit in zip(parts, (1, 60, 3600, 86400)))
        return self._cpu_seconds

    def output(self, port: str) -> bytes:
        """What came out of "com1" or "com2", up to the limit."""
        with (self.folder / port).open("rb") as file:
            return file.read(self.config.output_bytes)

    def output_sizes(self) -> List[int]:
        """Bytes that the guest has caused to be written so far."""
        return [(self.folder / name).stat().st_size for name in ("com1", "com2", "qemu.log")]

    def errors(self) -> str:
        """What QEMU wrote to stderr, less its warnings."""
        return "\n".join(line for line in self.tail("stderr").splitlines() if "warning:" not in line)

    def tail(self, name: str) -> str:
        """The end of "stderr" or of "qemu.log": a register dump at each reset of a CPU, and "Triple fault"."""
        with (self.folder / name).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            return file.read().decode(errors="replace").strip()

    def _fill_folder(self) -> None:
        for name in ("com1", "com2", "qemu.log", "stderr"):
            (self.folder / name).touch()
        for name, value in self.config.fw_cfg.items():
            (self.folder / f"fw_cfg-{name}").write_text(value)
        card = self.folder / "card.img"
        shutil.copyfile(self.config.iso, card)
        os.truncate(card, 1 << (max(card.stat().st_size, SMALLEST_CARD) - 1).bit_length())

    def _start(self, resources: contextlib.ExitStack) -> None:
        parent, (near_end, far_end) = os.getpid(), socket.socketpair()
        self.qmp = Qmp(resources.enter_context(near_end))

        def end_with_parent() -> None:
            PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        with far_end, (self.folder / "stderr").open("wb") as errors:
            try:
                self.process = subprocess.Popen(
                    self._command_line(far_end.fileno()), cwd=self.folder, pass_fds=[far_end.fileno()], stderr=errors,
                    stdin=None if self.config.console == "terminal" else subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL if self.config.console == "file" else None,
                    start_new_session=True, preexec_fn=end_with_parent if PRCTL else None)
            except FileNotFoundError as error:
                raise QemuError(f"{self.config.qemu}: not found; `make doctor` says how to install QEMU") from error
        resources.callback(self.process.wait)
        resources.callback(self.process.kill)

    def _command_line(self, qmp: int) -> List[str]:
        """All file names are relative to the private folder, so that no path needs QEMU's quoting."""
        config = self.config
        stdio = "stdio,id=com1,signal=off,logfile=com1"
        console = {"file": ["file,id=com1,path=com1"], "stdout": [stdio],
                   "terminal": [f"{stdio},mux=on", "-mon", "chardev=com1,mode=readline"]}[config.console]
        line = [config.qemu, "-no-user-config", "-nodefaults", "-display", "none", "-vga", "none", "-S",
                "-machine", "q35", "-accel", "tcg,tb-size=64", "-cpu", "max", "-m", f"{config.memory_mib}M",
                "-smp", f"{config.smp}", "-rtc", "base=2024-01-01,clock=vm", "-seed", "0", "-boot", "strict=on",
                "-drive", "if=none,id=card,file=card.img,format=raw",
                "-device", "sdhci-pci", "-device", "sd-card,drive=card",
                "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-device", "ib700",
                "-action", "watchdog=reset,reboot=shutdown,shutdown=pause", "-d", "cpu_reset", "-D", "qemu.log",
                "-serial", "chardev:com1", "-chardev", *console,
                "-serial", "chardev:com2", "-chardev", "file,id=com2,path=com2",
                "-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control",
                "-chardev", "socket,id=gdb0,path=gdb,server=on,wait=off", "-gdb", "chardev:gdb0"]
        if config.icount is not None:
            line += ["-icount", f"shift={config.icount},sleep=off"]
        for name in config.fw_cfg:
            line += ["-fw_cfg", f"name={FW_CFG_PREFIX}{name},file=fw_cfg-{name}"]
        return line + config.extra


class Watch:
    """Waits for the end of a running machine and says how it came."""

    def __init__(self, machine: Machine, on_com2_line: OnLine = None, on_stop: Optional[Callable[[], None]] = None) -> None:
        self._machine = machine
        self._on_stop = on_stop         # called when the guest stands still, as at a breakpoint
        self._limits = machine.config
        self._on_com2_line = on_com2_line
        self._com2_relayed = 0
        self._deadline = time.monotonic() + (self._limits.wall_seconds or float("inf"))
        self._running = True
        self._watchdog = False
        self._output = ([-1], 0)        # its bytes, and the guest second in which they were first seen
        self._ticks = ""
        self._standstill = 0            # looks in a row at which nothing could have woken the machine

    def outcome(self) -> Outcome:
        """Blocks until the machine has ended or passed a limit; leaves it stopped. Throws QemuError."""
        machine = self._machine
        outcome = None
        while not outcome:
            machine.qmp.wait(POLL_STANDSTILL_SECONDS if self._standstill else POLL_SECONDS)
            self._relay()
            try:
                outcome = self._event() or (self._ended() if machine.qmp.closed else self._limit())
                if outcome and not outcome.cpus and not machine.qmp.closed and outcome.reason not in ("quit", "failed"):
                    machine.qmp.command("stop")
                    outcome.cpus = machine.registers()
            except QemuError:
                if not machine.qmp.closed:
                    raise
                outcome = None      # it ended in the middle of a question: the next turn sees how
        if outcome.reason == "shutdown":    # that is how newer versions report a write to the debug-exit port
            machine.qmp.command("quit")
            outcome = replace(self._ended(), cpus=outcome.cpus)
        if self._flooded():                 # also when the guest ended before anyone noticed
            outcome.reason, outcome.value = "flood", None
        self._relay()
        outcome.cpu_seconds = machine.cpu_seconds()
        outcome.com1, outcome.com2 = machine.output("com1"), machine.output("com2")
        outcome.log = machine.tail("qemu.log")
        return outcome

    def _event(self) -> Optional[Outcome]:
        while self._machine.qmp.events:
            event = self._machine.qmp.events.pop(0)
            self._running = {"STOP": False, "RESUME": True}.get(event["event"], self._running)
            self._watchdog = self._watchdog or event["event"] == "WATCHDOG"
            if event["event"] == "STOP" and self._on_stop:
                self._on_stop()
            if event["event"] == "SHUTDOWN":
                cause = event["data"]["reason"]
                reset = "triple-fault" if "Triple fault" in self._machine.tail("qemu.log") else "reset"
                reasons = {"guest-reset": "watchdog" if self._watchdog else reset,
                           "guest-shutdown": "shutdown", "host-qmp-quit": "quit", "host-ui": "quit"}
                return Outcome(reasons.get(cause, "failed"), detail=f"QEMU reports {cause}")
        return None

    def _ended(self) -> Outcome:
        """A write to the debug-exit port makes the status (value << 1) | 1, ACPI's off switch makes it 0."""
        self._machine.cpu_seconds()     # cannot be asked for later
        status, errors = self._machine.process.wait(ANSWER_SECONDS), self._machine.errors()
        if status < 0 or status and not status & 1 or status == 1 and errors:
            return Outcome("failed", detail=errors or f"QEMU ended with status {status}")
        return Outcome("exit", value=status >> 1) if status else Outcome("shutdown")

    def _limit(self) -> Optional[Outcome]:
        if self._flooded():
            return Outcome("flood")
        if self._limits.cpu_seconds is not None and self._machine.cpu_seconds() > self._limits.cpu_seconds:
            return Outcome("cpu-limit")
        if time.monotonic() > self._deadline:
            return Outcome("wall-limit")
        return self._halted_for_good() if self._running else None

    def _flooded(self) -> bool:
        return max(self._machine.output_sizes()) > (self._limits.output_bytes or float("inf"))

    def _halted_for_good(self) -> Optional[Outcome]:
        """Under -icount the clock of an idle guest leaps from timer to timer, so SILENCE_SECONDS take a moment; without
        any timer it stands still, and so does the guest. In real time only a halt with interrupts off is final."""
        machine, exact = self._machine, self._limits.icount is not None
        cpus = machine.registers()
        if not all(cpu["halted"] for cpu in cpus):
            self._standstill = 0
            return None
        sizes, now, ticks = machine.output_sizes(), machine.guest_seconds(), machine.qmp.human(READ_ACPI_TIMER)
        if sizes != self._output[0]:
            self._output = (sizes, now)
        still = ticks == self._ticks if exact else not any(cpu["interrupts"] for cpu in cpus)
        self._standstill, self._ticks = self._standstill + 1 if still else 0, ticks
        silent = exact and now - self._output[1] >= SILENCE_SECONDS
        for_good = silent or self._standstill >= STANDSTILL_POLLS
        return Outcome("halted", cpus=cpus) if for_good and not machine.qmp.events else None

    def _relay(self) -> None:
        if self._on_com2_line:
            text = self._machine.output("com2")
            end = text.rfind(b"\n") + 1
            for line in text[self._com2_relayed:end].split(b"\n")[:-1]:
                self._on_com2_line(line)
            self._com2_relayed = end


def run(config: Config, on_com2_line: OnLine = None) -> Outcome:
    """Runs a machine to its end. When QEMU does not play, that is the outcome `failed`, no exception."""
    started = time.monotonic()
    try:
        with Machine(config) as machine:
            if not config.stopped:
                machine.qmp.command("cont")
            outcome = Watch(machine, on_com2_line).outcome()
    except (QemuError, subprocess.TimeoutExpired) as error:
        outcome = Outcome("failed", detail=str(error))
    outcome.wall_seconds = time.monotonic() - started
    return outcome
