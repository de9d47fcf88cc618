"""The laptop cloud: AWS's stand-in and the portal's, with Relais deployed there from its own template.

`python -m infra.local` (from the root of the repository) lists the commands; `make demo`, `make up` and `make down` call them.
"""
