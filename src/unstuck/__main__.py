"""`python -m unstuck`: the command line."""

from unstuck.cli import main

if __name__ == "__main__":
    main()
