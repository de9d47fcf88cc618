"""infra/template.yaml as data: read with CloudFormation's short tags, pointed at uploaded code, expanded as SAM would."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from .places import FUNCTIONS, TEMPLATE, logical_id


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags written out (`!Ref X` → {"Ref": "X"})."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)


def read(path: Path = TEMPLATE) -> dict[str, Any]:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)


def with_code(source: dict[str, Any], code: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The template with each function's CodeUri replaced by the place its zip was uploaded to, and nothing else."""
    pointed = copy.deepcopy(source)
    for function in FUNCTIONS:
        pointed["Resources"][logical_id(function)]["Properties"]["CodeUri"] = code[function]
    return pointed


def expand(source: dict[str, Any]) -> dict[str, Any]:
    """What CloudFormation makes of the SAM template. Works without a network and without credentials."""
    import os

    from samtranslator.translator.transform import transform

    class NoManagedPolicies:
        def load(self) -> dict[str, str]:
            return {}

    uploaded = with_code(source, {name: {"Bucket": "code", "Key": f"{name}.zip"} for name in FUNCTIONS})
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-3")
    return transform(uploaded, {}, NoManagedPolicies())
