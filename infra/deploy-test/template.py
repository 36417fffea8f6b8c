"""What the template says, as far as the test asks: its functions, and their schedules."""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Schedule:
    """A ScheduleV2 event of a function."""

    logical_id: str
    function: str
    expression: str
    input: dict


class Template:
    """`infra/template.yaml`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.resources: dict[str, dict] = yaml.load(path.read_text(), Loader=IntrinsicsAsText)["Resources"]

    def always_there(self) -> list[str]:
        """The logical ids that depend on no condition."""
        return [name for name, resource in self.resources.items() if "Condition" not in resource]

    def functions(self) -> dict[str, str]:
        """The name of each function's binary, by the function's logical id."""
        return {
            name: Path(resource["Properties"]["CodeUri"]).name
            for name, resource in self.resources.items()
            if resource["Type"] == "AWS::Serverless::Function"
        }

    def schedules(self) -> list[Schedule]:
        """Every schedule, under the logical id that the transform gives it."""
        return [
            Schedule(function + name, function, event["Properties"]["ScheduleExpression"],
                     json.loads(event["Properties"]["Input"]))
            for function in self.functions()
            for name, event in self.resources[function]["Properties"].get("Events", {}).items()
            if event["Type"] == "ScheduleV2"
        ]


class IntrinsicsAsText(yaml.SafeLoader):
    """Reads `!Ref x`, `!Sub x` and their like as what they are applied to: only CloudFormation knows their values."""


def untagged(loader: yaml.SafeLoader, _tag: str, node: yaml.Node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


IntrinsicsAsText.add_multi_constructor("!", untagged)
