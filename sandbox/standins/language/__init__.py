"""A stand-in for Pulumi's Python language host, `pulumi-language-python`.

The engine starts it as a child process, reads the port it prints, and asks it over gRPC to run programs, plugins and
policy packs written in Python. The official host comes with the official engine only; where the engine had to be built
from its Go module, this one takes its place. What it does not do (code generation, debuggers, type checkers, toolchains
other than pip's virtual environments) it refuses in words.
"""
