"""Runs with witnesses: the guest is stopped at one instruction, looked at from outside, and goes on as if nothing had been.

A breakpoint of QEMU's GDB stub is exact under -icount, unlike a stop by QMP.
https://sourceware.org/gdb/onlinedocs/gdb/Remote-Protocol.html
"""
from __future__ import annotations

import select
import socket
import subprocess
import time
from pathlib import Path
from typing import Callable, Dict, Iterable

import qemu

ANSWER_SECONDS = 20
POLL_SECONDS = 0.1


class GdbStub:
    """QEMU's stub, with breakpoints. The guest must be stopped when it is opened."""

    def __init__(self, path: Path, breakpoints: Iterable[int]) -> None:
        self._channel = socket.socket(socket.AF_UNIX)
        self._channel.settimeout(ANSWER_SECONDS)
        self._channel.connect(str(path))
        for address in breakpoints:
            self._ask(f"Z0,{address:x},1")

    def resume(self) -> None:
        """Lets the guest run, until the breakpoint or its end."""
        self._send("c")

    def resume_from(self, breakpoint: int, ended: Callable[[], bool]) -> None:
        """The same at this breakpoint: the instruction under it is stepped over. If a deadline passes in it, or a triple fault
        comes of it, the stub says nothing more; `ended` tells."""
        self._receive()  # why it stopped
        self._ask(f"z0,{breakpoint:x},1")
        self._send("s")
        deadline = time.monotonic() + ANSWER_SECONDS
        while not select.select([self._channel], [], [], POLL_SECONDS)[0] and time.monotonic() < deadline:
            if ended():
                return
        self._receive()
        self._ask(f"Z0,{breakpoint:x},1")
        self.resume()

    def close(self) -> None:
        self._channel.close()

    def _ask(self, packet: str) -> str:
        self._send(packet)
        return self._receive()

    def _send(self, packet: str) -> None:
        checksum = sum(packet.encode()) & 0xFF
        self._channel.sendall(f"${packet}#{checksum:02x}".encode())

    def _receive(self) -> str:
        """The next packet's contents; acknowledged. Raises OSError."""
        data = b""
        while True:
            byte = self._channel.recv(1)
            if not byte:
                raise ConnectionError("QEMU closed its GDB stub")
            if byte == b"$":
                data = b""
            elif byte == b"#":
                self._channel.recv(2, socket.MSG_WAITALL)
                self._channel.sendall(b"+")
                return data.decode("latin-1")
            else:
                data += byte


def run(config: qemu.Config, looks: Dict[int, Callable[[qemu.Machine], None]]) -> qemu.Outcome:
    """qemu.run, with looks[address](machine) each time that the guest is about to execute the instruction there."""
    started = time.monotonic()
    try:
        with qemu.Machine(config) as machine:
            stub = GdbStub(machine.folder / "gdb", looks)

            def status() -> str:
                return machine.qmp.command("query-status")["status"]

            def on_stop() -> None:
                # Stepping over the breakpoint makes STOP events, too: they come when the guest is elsewhere.
                if status() != "debug":
                    return
                address = machine.registers()[0]["rip"]
                if address in looks:
                    looks[address](machine)
                    stub.resume_from(address, lambda: status() not in ("running", "debug"))

            stub.resume()
            outcome = qemu.Watch(machine, on_stop=on_stop).outcome()
            stub.close()
    except (qemu.QemuError, OSError, subprocess.TimeoutExpired) as error:
        outcome = qemu.Outcome("failed", detail=str(error))
    outcome.wall_seconds = time.monotonic() - started
    return outcome
