@rem For npm on Windows, whose shell has no exec: the scripts of package.json say "exec node ...", so that no shell stands
@rem between npm and poptray, which would keep signals to itself.
@%*
