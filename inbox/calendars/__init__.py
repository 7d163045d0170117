"""When somebody works: working time with holidays, and on-call schedules."""
