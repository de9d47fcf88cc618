"""The deployed system, driven from outside: the template on AWS's stand-in, the portal's stand-in, and a plain AWS client.

`make test-e2e` starts one cloud for all of it. Each class of tests deploys a stack of its own, against a portal of its own.
"""
