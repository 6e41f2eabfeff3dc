"""Digests of merge.md sections 5 and 6, from tests/vectors/merge/state.py."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors", "merge"))

import importlib.util

_spec = importlib.util.spec_from_file_location("merge_state", os.path.join(sys.path[0], "state.py"))
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

record_digest = _module.record_digest
state_digest = _module.state_digest
conflict_id = _module.conflict_id
