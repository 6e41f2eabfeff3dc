"""Policies, types and vocabularies of fields, read from schemas/domain/*.kind."""
import glob
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "schemas", "domain")


class Field:
    def __init__(self, number, name, kind_of_value, policy, options):
        self.number, self.name, self.type, self.policy = number, name, kind_of_value, policy
        self.release = "release" in options
        self.list = next((o[5:] for o in options if o.startswith("list=")), None)
        self.terms = []


class Kinds:
    def __init__(self, folder=FOLDER):
        self.header, self.kinds, lists = {}, {}, {}
        pending = []
        for path in sorted(glob.glob(os.path.join(folder, "*.kind"))):
            fields = terms = None
            with open(path, encoding="utf-8") as f:
                lines = f.read().splitlines()
            for line in lines:
                line = line.strip()
                if not line or line.startswith("#"):
                    continue
                words = line.split(" | ")[0].split()
                if words[0] == "header":
                    fields = self.header
                elif words[0] == "kind":
                    fields = self.kinds.setdefault(int(words[1]), {})
                elif words[0] == "list":
                    terms = lists.setdefault(words[1], [])
                elif words[0] == "field":
                    field = Field(int(words[1]), *words[2:5], words[5:])
                    fields[field.number] = field
                    terms = field.terms
                    pending.append(field)
                elif words[0] == "term":
                    terms.append(words[1])
        for field in pending:
            if field.list:
                field.terms = lists[field.list]

    def field(self, kind, number):
        """None: the version does not know it."""
        return self.header.get(number) if number in self.header else self.kinds.get(kind, {}).get(number)
