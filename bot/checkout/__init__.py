"""Git and the files of a checkout: mirrors, worktrees, trees and merges; reads that never leave, writes that happen
all or not at all. Nothing that a repository contains is ever run.
"""
