"""The process-wide policy: how to record, and what to do when recording fails.

The functions are the native module's; the typed signatures are in its stub.
"""

from .codetracer_python_recorder import (
    configure_policy,
    configure_policy_from_env,
    policy_snapshot,
)

__all__ = ["configure_policy", "configure_policy_from_env", "policy_snapshot"]
