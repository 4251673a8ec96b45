from . import target
from .command import Command
import gdb
class Log(Command):
    def __init__(self, name, m): super().__init__(name); self.m=m
    def invoke(self,a,f): print(self.m.log())
def install(machine): Log("log", machine)
