"""Many reports: engines, fork server, progress, resuming, machines beside this one."""
