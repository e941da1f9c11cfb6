"""Why does this network not learn, and what would make it learn?"""
