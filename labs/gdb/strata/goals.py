def reach(machine, log): pass
