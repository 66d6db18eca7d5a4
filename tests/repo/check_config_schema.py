#!/usr/bin/env python3
"""Holds docs/config.schema.json against the parser, both ways.

usage: check_config_schema.py PARSE_CONFIGS SOURCE_ROOT

Every accepted vector and every dump validates. Random documents of the schema are accepted, or
refused by a rule between members; each dump parses again to the same digest; every member was set
to something in an accepted one. A document that breaks the schema is refused. Exit code 0 or 1.
"""
import copy
import json
import os
import random
import re
import subprocess
import sys

ROUNDS = 3000

# Values for each pattern; one that is not here must be added, or its members are never tried.
SAMPLES = {
    # plain texts
    r'^[^\x00-\x1f\x7f]{0,4096}$': ['Web', 'a;b', '-', 'Ünïcode', '{', '"quoted"', 'a\\b', '0'],
    # field names of the host
    r'^[^\x00-\x1f\x7f]{0,255}$': ['email', 'job title', 'x', 'größe', 'first_name', 'y', 'a.b'],
    # templates
    r'^([^{}\x00-\x1f\x7f]|\{\{|\}\}|\{[^{}\x00-\x1f\x7f]{1,255}\})*$':
        ['https://app.example/{id}', '{first_name} {last_name}', '{{{x}}}', 'plain'],
    # API versions
    r'^([5-9][0-9]|[1-9][0-9][0-9])\.0$': ['60.0', '61.0', '99.0', '100.0'],
    # addresses for people
    r'^(https://[\x21-\x7e]{1,1016})?$': ['https://login.example/install?p0=04t1', 'https://x'],
    # My Domain
    r'^([A-Za-z0-9][A-Za-z0-9.-]{0,119})?$': ['acme', 'acme--dev', 'a.b'],
    # addresses of packages
    r'^(https://[\x21-\x7e]{1,1016})?$': ['https://login.example/packaging/install?p0=04t1', ''],
    # API names
    r'^([A-Za-z][A-Za-z0-9_]{0,79})?$':
        ['Email', 'Title', 'Score__c', 'Industry', 'A1', 'Level__c', 'Phone', 'Rating'],
    # custom fields
    r'^([A-Za-z][A-Za-z0-9_]{0,76}__c)?$': ['Last_Engaged__c', 'Score__c', 'Level__c'],
    # and paths of them
    r'^([A-Za-z][A-Za-z0-9_]{0,79}(\.[A-Za-z][A-Za-z0-9_]{0,79}){0,5})?$':
        ['Email', 'Owner.Email', 'Account.Owner.Name', 'Title', 'Phone', 'Score__c', 'Rating'],
    # origins
    r'^(https?://[A-Za-z0-9.:\[\]-]{1,247})?$': ['https://login.example', 'https://a.b:8443'],
    # domains
    r'^([^\s/@:?#.]+(\.[^\s/@:?#.]+)+)?$': ['acme.example', 'mail.acme.example'],
    # users and queues
    r'^((005|00G)([A-Za-z0-9]{12}|[A-Za-z0-9]{15}))?$':
        ['005000000000001AAA', '005000000000002', '005000000000003AAA', '00G000000000001EAA'],
    # campaigns, reports, statements
    r'^(701([A-Za-z0-9]{12}|[A-Za-z0-9]{15}))?$': ['701000000000001AAA', '701000000000002'],
    r'^(00O([A-Za-z0-9]{12}|[A-Za-z0-9]{15}))?$': ['00O000000000001EAA', '00O000000000002'],
    r'^([Ss][Ee][Ll][Ee][Cc][Tt] [^\x00]{1,20000})?$': ['SELECT Id FROM Lead', 'select Id from Account'],
}


def walk(node, see):
    if isinstance(node, dict):
        see(node)
        for child in node.values():
            walk(child, see)
    elif isinstance(node, list):
        for child in node:
            walk(child, see)


class Schema:
    """As much of JSON Schema as ours uses; an unknown keyword is an error of this checker."""
    KNOWN = {'$schema', 'title', '$comment', '$defs', '$ref', 'description', 'default', 'type',
             'properties', 'additionalProperties', 'propertyNames', 'required', 'items', 'enum',
             'const', 'pattern', 'minLength', 'minimum', 'maximum', 'uniqueItems'}

    def __init__(self, root):
        self.root = root

    def resolve(self, node):
        unknown = set(node) - self.KNOWN
        assert not unknown, 'this checker does not know %r' % unknown
        if '$ref' not in node:
            return node
        return {**self.root['$defs'][node['$ref'].split('/')[-1]],
                **{k: v for k, v in node.items() if k != '$ref'}}

    def faults(self, node, value, at=''):
        node = self.resolve(node)
        kinds = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'integer': int}
        if 'const' in node and (value != node['const'] or isinstance(value, bool)):
            return [at + ': is not the constant']
        if 'enum' in node and value not in node['enum']:
            return [at + ': is none of the words']
        if 'type' in node and (not isinstance(value, kinds[node['type']]) or
                               (node['type'] == 'integer' and isinstance(value, bool))):
            return [at + ': is no ' + node['type']]
        if isinstance(value, str):
            return self.text_faults(node, value, at)
        if isinstance(value, dict):
            return self.object_faults(node, value, at)
        if isinstance(value, list):
            return self.list_faults(node, value, at)
        if 'maximum' in node and not node['minimum'] <= value <= node['maximum']:
            return [at + ': is out of range']
        return []

    @staticmethod
    def text_faults(node, value, at):
        if len(value) < node.get('minLength', 0):
            return [at + ': is too short']
        if 'pattern' in node and not re.fullmatch(node['pattern'], value):
            return [at + ': does not match ' + node['pattern']]
        return []

    def object_faults(self, node, value, at):
        found = ['%s: lacks %s' % (at, name) for name in node.get('required', []) if name not in value]
        for name, item in value.items():
            below = at + '/' + name
            more = node.get('additionalProperties', True)
            if 'propertyNames' in node:
                found += self.faults(node['propertyNames'], name, below + ' (name)')
            if name in node.get('properties', {}):
                found += self.faults(node['properties'][name], item, below)
            elif isinstance(more, dict):
                found += self.faults(more, item, below)
            elif not more:
                found.append(below + ': is unknown')
        return found

    def list_faults(self, node, value, at):
        found = []
        if node.get('uniqueItems') and len({json.dumps(v) for v in value}) != len(value):
            found.append(at + ': has an item twice')
        for i, item in enumerate(value):
            found += self.faults(node['items'], item, '%s/%d' % (at, i))
        return found


class Maker:
    """Random documents of the schema; remembers which members it has set."""

    def __init__(self, schema, seed):
        self.schema = schema
        self.random = random.Random(seed)

    def text(self, node):
        empty = 'minLength' not in node and re.fullmatch(node['pattern'], '')
        if empty and self.random.random() < 0.1:
            return ''
        return self.random.choice(SAMPLES[node['pattern']])

    def value(self, node, path, share, used):
        node = self.schema.resolve(node)
        if 'const' in node:
            return node['const']
        if 'enum' in node:
            return self.random.choice(node['enum'])
        kind = node['type']
        if kind == 'boolean':
            return self.random.random() < 0.5
        if kind == 'integer':
            return self.random.choice([node['minimum'], 1, node['maximum'],
                                       self.random.randint(node['minimum'], node['maximum'])])
        if kind == 'string':
            return self.text(node)
        if kind == 'array':
            items = [self.value(node['items'], path + '/*', share, used)
                     for _ in range(self.random.randint(0, 3))]
            seen = {json.dumps(v): v for v in items}
            return list(seen.values()) if node.get('uniqueItems') else items
        return self.members(node, path, share, used)

    def members(self, node, path, share, used):
        if 'propertyNames' in node:
            return {self.text(node['propertyNames']): self.value(node['additionalProperties'],
                                                                path + '/*', share, used)
                    for _ in range(self.random.randint(0, 2))}
        made = {}
        for name, below in node['properties'].items():
            if name in node.get('required', []) or self.random.random() < share:
                where = re.sub(r'^/objects/\w+', '/objects/*', path + '/' + name)
                made[name] = self.value(below, where, share, used)
                used.add(where)
        return made


def paths_of(schema, node, path=''):
    node = schema.resolve(node)
    found = set()
    for name, below in node.get('properties', {}).items():
        where = re.sub(r'^/objects/\w+', '/objects/*', path + '/' + name)
        found |= {where} | paths_of(schema, below, where)
    if 'items' in node:
        found |= paths_of(schema, node['items'], path + '/*')
    return found


def spoil(maker, document):
    """One thing that the schema forbids, at a random place of the document."""
    spoiled = copy.deepcopy(document)
    places = []
    walk(spoiled, places.append)
    place = maker.random.choice(places)
    how = maker.random.randrange(3)
    names = list(place)
    if how == 0 or not names:
        place['no_such_member'] = 1
    elif how == 1:
        place[maker.random.choice(names)] = 1.5
    else:
        place[maker.random.choice(names)] = [[[]]]
    return spoiled


def rules_between_members(root):
    """The messages of the checks that no schema can express."""
    found = []
    folder = os.path.join(root, 'src', 'model')
    for name in sorted(os.listdir(folder)):
        if name.startswith('config_check') and name.endswith('.c'):
            with open(os.path.join(folder, name), encoding='utf-8') as f:
                source = re.sub(r'"\s*\n\s*"', '', f.read())
            found += re.findall(r'refuse\(err,\s*(?:\w+ \? )?"((?:\\.|[^"\\])*)"', source)
            found += re.findall(r'\?[^;?]*: "((?:\\.|[^"\\])*)",\s*\n', source)
    found += ['stands for', 'the checksum of this id is wrong', 'is no legal form', 'is no domain',
              'two entries are written to one Salesforce field']
    return [m.replace('\\"', '"') for m in found]


class Check:
    def __init__(self, program, root):
        with open(os.path.join(root, 'docs', 'config.schema.json'), encoding='utf-8') as f:
            self.schema = Schema(json.load(f))
        self.program, self.root, self.bad = program, root, []

    def parse(self, documents):
        text = ''.join(json.dumps(d) + '\n' for d in documents)
        run = subprocess.run([self.program], input=text.encode(), stdout=subprocess.PIPE, check=True)
        answers = run.stdout.decode().splitlines()
        assert len(answers) == len(documents)
        return answers

    def tell(self, what, document, more):
        self.bad.append('%s: %s: %s' % (what, json.dumps(document)[:600], more))

    def vectors(self):
        folder = os.path.join(self.root, 'tests', 'vectors', 'config')
        cases = []
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding='utf-8') as f:
                cases += [(name.startswith('accepted'), c) for c in json.load(f) if 'config' in c]
        between = rules_between_members(self.root)
        for (accepted, case), answer in zip(cases, self.parse([c['config'] for _, c in cases])):
            removes = 'null' in json.dumps(case['config'])
            faults = [] if removes else self.schema.faults(self.schema.root, case['config'])
            if accepted and faults:
                self.tell('the schema refuses an accepted vector', case['name'], faults)
            known = any(m in answer for m in between)
            if not accepted and not faults and not removes and not known and \
                    'text' not in case:
                self.tell('the schema accepts a refused vector', case['name'], answer)

    @staticmethod
    def field_alone(maker, used):
        """What a field says is seldom right among others."""
        field = maker.value({'$ref': '#/$defs/field'}, '/objects/*/fields/*', 0.2, used)
        name = maker.random.choice(['Lead', 'Account', 'Opportunity'])
        return {'objects': {name: {'fields': [field]}}}

    def group_alone(self, maker, used):
        """A group of the document; the events of campaigns lead to statuses that have a rank."""
        top = self.schema.root['properties']
        name = maker.random.choice(['export', 'match', 'suppression', 'campaigns', 'objects'])
        share = maker.random.choice([0.25, 0.6])
        group = maker.value(top[name], '/' + name, share, used)
        for event in group.get('events', ()) if name == 'campaigns' else ():
            group.setdefault('statuses', [])
            used.add('/campaigns/statuses')
            if event['status'] not in group['statuses']:
                group['statuses'].append(event['status'])
        return {name: group}

    @staticmethod
    def audience_alone(maker, used):
        """An audience has one source, and a name."""
        audience = maker.value({'$ref': '#/$defs/audience'}, '/audiences/*', 0.5, used)
        audience['name'] = 'a'
        sources = ['list_view', 'report', 'soql', 'campaign']
        kept = maker.random.choice(sources)
        for source in sources:
            if source != kept:
                audience.pop(source, None)
        used -= {'/audiences/*/' + source for source in sources if source not in audience}
        used.add('/audiences')
        return {'audiences': [audience]}

    @staticmethod
    def signal_alone(maker, used):
        """A signal that makes a Task does something."""
        signal = maker.value({'$ref': '#/$defs/signal'}, '/signals/*', 0.5, used)
        signal.setdefault('task', {})['subject'] = 'Call'
        used.update(['/signals', '/signals/*/task', '/signals/*/task/subject'])
        return {'signals': [signal]}

    def status_alone(self, maker, used):
        """Leads and contacts have a status, other objects do not."""
        node = self.schema.resolve({'$ref': '#/$defs/object'})['properties']['status']
        status = maker.value(node, '/objects/*/status', 0.4, used)
        return {'objects': {maker.random.choice(['Lead', 'Contact']): {'status': status}}}

    def documents(self):
        maker = Maker(self.schema, 20260101)
        between = rules_between_members(self.root)
        documents, uses = [], []
        for i in range(ROUNDS):
            used = set()
            share = (0.06, 0.15, 0.4)[i % 3]
            documents.append(maker.value(self.schema.root, '', share, used))
            uses.append(used)
        for make in (self.field_alone, self.group_alone, self.audience_alone, self.signal_alone,
                     self.status_alone):
            for _ in range(ROUNDS):
                used = set()
                documents.append(make(maker, used))
                uses.append(used)
        covered, accepted = set(), 0
        for document, used, answer in zip(documents, uses, self.parse(documents)):
            faults = self.schema.faults(self.schema.root, document)
            if faults:
                self.tell('this checker makes what the schema refuses', document, faults)
            elif answer.startswith('ok '):
                accepted += 1
                covered |= used
                dumped = self.schema.faults(self.schema.root, json.loads(answer[3:]))
                if dumped:
                    self.tell('the schema refuses a dump', document, dumped)
            elif not any(m in answer for m in between):
                self.tell('the parser refuses what the schema accepts', document, answer)
        missed = paths_of(self.schema, self.schema.root) - covered
        if missed:
            self.tell('never in an accepted document', sorted(missed), accepted)
        return accepted, maker, documents

    def breaches(self, maker, documents):
        spoiled = [spoil(maker, d) for d in documents[::3]]
        wrong = [d for d in spoiled if self.schema.faults(self.schema.root, d)]
        for document, answer in zip(wrong, self.parse(wrong)):
            if answer.startswith('ok ') or answer.startswith('UNSTABLE'):
                self.tell('the parser accepts what the schema refuses', document, answer[:80])
        return len(wrong)


def main(argv):
    if len(argv) != 3:
        print(__doc__)
        return 2
    check = Check(argv[1], argv[2])
    check.vectors()
    accepted, maker, documents = check.documents()
    wrong = check.breaches(maker, documents)
    for line in check.bad[:20]:
        print(line)
    print('config schema: %d documents, %d accepted, %d broken ones refused, %d breaches' %
          (len(documents), accepted, wrong, len(check.bad)))
    return 1 if check.bad or accepted < 100 or wrong < 100 else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
