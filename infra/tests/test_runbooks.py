"""Whoever is woken by an alarm finds its paragraph, in French and in English, and what it tells him to type exists."""

from __future__ import annotations

import re
import unittest

from infra.local import template
from infra.local.places import ROOT

ALARMS = {name for name, body in template.read()["Resources"].items() if body["Type"] == "AWS::CloudWatch::Alarm"}
PAGES = {
    "RUNBOOK.md": ("Means.", "Look.", "Do.", "Over when."),
    "EXPLOITATION.md": ("Signifie.", "Regarder.", "Faire.", "Fini quand."),
}


def page(name: str) -> str:
    return (ROOT / "infra" / name).read_text(encoding="utf-8")


def paragraphs(name: str) -> dict[str, str]:
    """The text under each heading that names an alarm."""
    parts = re.split(r"^### (\w+)$", page(name), flags=re.MULTILINE)
    return {heading: text.split("\n## ")[0] for heading, text in zip(parts[1::2], parts[2::2])}


class Runbooks(unittest.TestCase):
    def test_each_alarm_has_its_paragraph_and_each_paragraph_its_alarm(self) -> None:
        for name in PAGES:
            self.assertEqual(set(paragraphs(name)), ALARMS, f"the alarms of template.yaml and the paragraphs of {name} differ")

    def test_each_paragraph_says_what_it_means_where_to_look_what_to_do_and_when_it_is_over(self) -> None:
        for name, parts in PAGES.items():
            for alarm, text in paragraphs(name).items():
                places = [text.find(f"**{part}**") for part in parts]
                self.assertNotIn(-1, places, f"{alarm} of {name} lacks one of {parts}")
                self.assertEqual(places, sorted(places), f"{alarm} of {name} is not in order")

    def test_both_pages_tell_the_same_alarms_in_the_same_order(self) -> None:
        self.assertEqual(*(list(paragraphs(name)) for name in PAGES))

    def test_every_command_on_the_pages_exists(self) -> None:
        main = (ROOT / "infra" / "cli" / "src" / "main.rs").read_text(encoding="utf-8")
        commands = {name.lower() for name in re.findall(r"^    (\w+)\(\w+::\w+\),", main, flags=re.MULTILINE)}
        self.assertIn("doctor", commands)
        texts = {name: page(name) for name in PAGES}
        texts |= {name: body["Properties"]["AlarmDescription"] for name, body in template.read()["Resources"].items() if name in ALARMS}
        for name, text in texts.items():
            for typed in re.findall(r"`relais (?:--env \S+ )?(\w+)", text) + re.findall(r"^relais --env relais\.env (\w+)", text, flags=re.MULTILINE):
                self.assertIn(typed, commands, f"{name} tells to type relais {typed}")

    def test_every_parameter_on_the_pages_exists(self) -> None:
        known = set(template.read()["Parameters"]) | set(template.read()["Outputs"]) | ALARMS
        for name in PAGES:
            for word in re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", page(name)):
                self.assertIn(word, known, f"{name} names {word}, which the template does not know")


if __name__ == "__main__":
    unittest.main()
