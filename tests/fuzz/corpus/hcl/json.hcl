{"job": {"j": [{"type": "${1 + 1}", "group": {"a": {"n": null, "\u00e9": [1, {"b": true}]}}}]}, "a": 1e3}
