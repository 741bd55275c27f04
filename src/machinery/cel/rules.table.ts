import type { DeclaringSchema } from './schema.ts';

/** The schema whose rules are below. */
export const SCHEMA: DeclaringSchema = {
  type: 'object',
  properties: {
    a: { type: 'string' },
    b: { type: 'string', maxLength: 10 },
    c: { type: 'integer' },
    d: { type: 'number' },
    e: { type: 'boolean' },
    l: { type: 'array', items: { type: 'string' } },
    lm: { type: 'array', maxItems: 10, items: { type: 'string', maxLength: 5 } },
    li: { type: 'array', items: { type: 'integer' } },
    o: {
      type: 'object',
      properties: {
        x: { type: 'integer' },
        y: { type: 'string', enum: ['one', 'three'] },
        'dash-ed': { type: 'string' },
        namespace: { type: 'string' },
        'a.b': { type: 'string' },
        a__b: { type: 'integer' },
      },
    },
    m: { type: 'object', additionalProperties: { type: 'integer' } },
    mo: {
      type: 'object',
      maxProperties: 5,
      additionalProperties: {
        type: 'object',
        required: ['k'],
        properties: { k: { type: 'string' }, v: { type: 'string', maxLength: 3 } },
      },
    },
    los: {
      type: 'array',
      maxItems: 20,
      items: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', maxLength: 63 },
          ports: { type: 'array', maxItems: 5, items: { type: 'integer' } },
        },
      },
    },
    lset: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    lmap: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', properties: { k: { type: 'string' }, v: { type: 'integer' } } },
    },
    ios: { 'x-kubernetes-int-or-string': true },
    t: { type: 'string', format: 'date-time' },
    dt: { type: 'string', format: 'date' },
    du: { type: 'string', format: 'duration' },
    by: { type: 'string', format: 'byte' },
    n: { type: 'integer' },
  },
};

/** An object, and what it was before. */
export const SELF = {
  a: 'hello',
  b: 'b',
  c: 5,
  d: 1,
  e: true,
  l: ['x', 'yy'],
  lm: ['a'],
  li: [1, 2, 3],
  o: { x: 1, y: 'one', 'dash-ed': 'q', namespace: 'ns', 'a.b': 'ab', a__b: 3 },
  m: { p: 1, q: 2 },
  mo: { z: { k: 'k', v: 'v' } },
  los: [{ name: 'n1', ports: [80] }, { name: 'n2' }],
  lset: ['a', 'b'],
  lmap: [
    { k: 'a', v: 1 },
    { k: 'b', v: 2 },
  ],
  ios: '50%',
  t: '2020-01-01T00:00:00Z',
  dt: '2020-01-01',
  du: '1h',
  by: 'aGk=',
  n: null,
};
export const OLD_SELF = {
  a: 'hello',
  b: 'b',
  c: 4,
  d: 1,
  e: true,
  l: ['x', 'yy'],
  lm: ['a'],
  li: [1, 2, 3],
  o: { x: 1, y: 'one', 'dash-ed': 'q', namespace: 'ns', 'a.b': 'ab', a__b: 3 },
  m: { p: 1, q: 2 },
  mo: { z: { k: 'k', v: 'v' } },
  los: [{ name: 'n1', ports: [80] }, { name: 'n2' }],
  lset: ['b', 'a'],
  lmap: [
    { k: 'b', v: 2 },
    { k: 'a', v: 1 },
  ],
  ios: '50%',
  t: '2020-01-01T00:00:00Z',
  dt: '2020-01-01',
  du: '1h',
  by: 'aGk=',
  n: null,
};

/** Rules over these, recorded from cel-go in the form of `EXPRESSIONS`. */
export const RULES = String.raw`
self.a
    = "hello" @ 2 [2, 2]
self.c <= self.o.x
    = false @ 6 [6, 6]
self.a == self.b
    = false @ 5 [5, 8]
self.a.size() < 10
    = true @ 4 [4, 4]
self.l.all(x, x.size() < 10)
    = true @ 15 [3, 6291453]
self.lm.all(x, x.startsWith('a'))
    = true @ 8 [3, 53]
self.los.all(p, p.name.matches('^[a-z]+$'))
    = false @ 12 [3, 1143]
self.los.exists(p, has(p.ports) && p.ports.exists(q, q > 80))
    = false @ 22 [3, 763]
self.los.map(p, p.name)
    = ["n1","n2"] @ 31 [13, 293]
self.los[0].name
    = "n1" @ 4 [4, 4]
self.los[0].ports[0]
    = 80 @ 5 [5, 5]
self.los[1].ports
    ! no such key: ports @ 4 [4, 4]
self.los[5]
    ! index out of bounds: 5 @ 3 [3, 3]
self.zz
    ? 1:5: undefined field 'zz'
self.o.zz
    ? 1:7: undefined field 'zz'
self.o.dash__dash__ed
    = "q" @ 3 [3, 3]
self.o.dash-ed
    ? 1:7: undefined field 'dash'
    ? 1:13: undeclared reference to 'ed' (in container '')
self.o.namespace
    = "ns" @ 3 [3, 3]
self.o.__namespace__
    = "ns" @ 3 [3, 3]
self.o.a__dot__b
    = "ab" @ 3 [3, 3]
self.o.a__underscores__b
    = 3 @ 3 [3, 3]
has(self.o.x)
    = true @ 2 [2, 2]
has(self.o)
    = true @ 1 [1, 1]
has(self.o.nope)
    ? 1:4: undefined field 'nope'
has(self.los[1].ports)
    = false @ 3 [3, 3]
self.m.p
    = 1 @ 3 [3, 3]
self.m['p']
    = 1 @ 3 [3, 3]
self.m.zz
    ! no such key: zz @ 3 [3, 3]
'p' in self.m
    = true @ 3 [3, 3]
self.m.all(k, self.m[k] > 0)
    = true @ 17 [3, 3595115]
self.m.all(k, v, v > 0)
    = true @ 13 [3, 2246948]
self.mo.all(k, self.mo[k].v.size() < 3)
    = true @ 12 [3, 53]
self.mo.exists(k, v, v.k == 'k')
    = true @ 10 [3, 38]
self.lset == oldSelf.lset
    = true @ 5 [5, 104862]
self.lmap == oldSelf.lmap
    = true @ 5 [5, 104862]
self.lset + ['c']
    = ["a","b","c"] @ 3 [13, 13]
self.lmap + [{'k':'a','v':5}]
    ? 1:11: found no matching overload for '_+_' applied to '(list(selfType1.lmap.@idx), list(map(string, dyn)))'
self == oldSelf
    = false @ 4 [2, 2]
self.c >= oldSelf.c
    = true @ 5 [5, 5]
self.c == oldSelf.c ? self.a : self.b
    = "b" @ 6 [6, 6]
(self.e ? self.a : self.b).size()
    = 5 @ 4 [5, 5]
type(self.ios) == string
    = true @ 4 [4, 4]
type(self.ios) == int ? self.ios > 5 : self.ios.endsWith('%')
    = true @ 7 [7, 7]
self.ios + 1
    ! no such overload @ 3 [3, 3]
self.t > timestamp('2019-01-01T00:00:00Z')
    = true @ 3 [4, 4]
self.t.getFullYear()
    = 2020 @ 3 [3, 3]
self.dt == timestamp('2020-01-01T00:00:00Z')
    = true @ 3 [4, 4]
self.du < duration('2h')
    = true @ 3 [4, 4]
self.by == b'hi'
    = true @ 3 [3, 3]
self.n == null
    ? 1:8: found no matching overload for '_==_' applied to '(int, null)'
self.d == 1.0
    = true @ 3 [2, 2]
self.d < 2
    = true @ 3 [3, 3]
self.d + 1
    ? 1:8: found no matching overload for '_+_' applied to '(double, int)'
self.c + 1
    = 6 @ 3 [3, 3]
self.c + 1.0
    ? 1:8: found no matching overload for '_+_' applied to '(int, double)'
self.c == 'a'
    ? 1:8: found no matching overload for '_==_' applied to '(int, string)'
self.li.sum() > 3
    = true @ 6 [3, 1572866]
self.li.max()
    = 3 @ 5 [2, 1572865]
self.l.max()
    = "yy" @ 2 [2, 329854432052]
self.l.join(',')
    = "x,yy" @ 3 [2, 329853068905]
self.lm.join(',').size() < 100
    = true @ 5 [4, 25]
self.l.isSorted()
    = true @ 2 [2, 329854432052]
self.l.indexOf('x')
    = 0 @ 2 [2, 329854432052]
self.a.indexOf('l')
    = 2 @ 2 [2, 314575]
self.a.split('')
    = ["h","e","l","l","o"] @ 3 [2, 629148]
self.a.split('').size() < 5
    = false @ 5 [4, 629150]
self.a.replace('l', 'LL')
    = "heLLLLo" @ 3 [2, 629148]
self.b.replace('', 'x').size() < 3
    = false @ 5 [4, 12]
self.b.lowerAscii() == 'b'
    = true @ 4 [3, 7]
self.b + self.a
    = "bhello" @ 5 [4, 314581]
(self.b + self.b).size() > 3
    = false @ 7 [6, 14]
self.a.contains(self.b)
    = false @ 5 [4, 1258296]
self.a.matches(self.b)
    = false @ 5 [4, 3145734]
self.a.find('l+')
    = "ll" @ 3 [3, 314575]
self.a.findAll('l').size()
    = 2 @ 4 [4, 314576]
self.b in self.l
    = false @ 6 [4, 1048579]
self.b in ['a', 'b']
    = true @ 2 [14, 14]
self.c in [1,2,3]
    = false @ 2 [15, 15]
self.c in self.li
    = false @ 7 [4, 1572867]
sets.contains(self.l, self.lm)
    = false @ 7 [5, 10485755]
quantity(self.a).isGreaterThan(quantity('1'))
    ! quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' @ 3 [5, 5]
isQuantity(self.b) && quantity(self.b) == quantity(self.b)
    = false @ 3 [3, 10]
url(self.a).getHost() == 'x'
    ! URL parse error during conversion from string: parse "hello": invalid URI for request @ 4 [4, 314577]
isURL(self.a)
    = false @ 3 [3, 3]
ip(self.a) == ip(self.b)
    ! IP Address "hello" parse error during conversion from string: ParseAddr("hello"): unable to parse IP @ 3 [7, 7]
cidr(self.b).containsIP(self.b)
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("b"): no '/' @ 3 [6, 13]
format.dns1123Label().validate(self.a).hasValue()
    = false @ 12 [4, 10066340]
self.?a.orValue('x')
    = "hello" @ 2 [3, 3]
self.?o.?x.hasValue()
    = true @ 4 [4, 4]
self.o.?x.orValue(3) == 1
    = true @ 4 [5, 5]
self.los[?7].?name.orValue('none')
    = "none" @ 2 [5, 5]
self.los[?0].?name.optMap(v, v.size()).orValue(0)
    = 2 @ 13 [7, 24]
self.?zz
    ? 1:5: undefined field 'zz'
self.l.transformList(i, v, v + 'x').size()
    = 2 @ 32 [14, 329867014964]
self.l.transformMap(i, v, v).size()
    = 2 @ 12 [34, 4194334]
self.los.transformMapEntry(i, v, {v.name: i})
    = {"n1":0,"n2":1} @ 73 [33, 733]
self.los.map(p, p.ports.size())
    ! no such key: ports @ 33 [13, 313]
self.los.existsOne(i, p, p.name == 'n1')
    = true @ 12 [4, 104]
self.los.exists_one(p, p.name == 'n1')
    = true @ 12 [4, 104]
self.los.all(p, self.los.exists_one(q, q.name == p.name))
    = true @ 41 [3, 12943]
[self.a, self.b].all(x, x.size() < 3)
    = false @ 23 [21, 27]
{'a': self.a}.a.size() < 4
    = false @ 36 [35, 35]
[[self.l]].size()
    = 1 @ 23 [23, 23]
self.l[0].startsWith('x') || self.l[1] == 'yy'
    = true @ 4 [4, 8]
self.l == self.lm
    = false @ 5 [5, 5]
self.l.filter(x, x != 'x').size() == 1
    = true @ 22 [15, 15728640]
self.o == oldSelf.o
    = true @ 5 [4, 4]
!has(self.c) || self.c > 3 && self.c < 10
    = true @ 8 [2, 8]
self.a == 'x' || self.a == 'y' || self.a == 'z' || self.a == 'hello'
    = true @ 12 [3, 12]
self.c == 1 && self.c == 2 && self.c == 3 && self.c == 4
    = false @ 3 [2, 8]
dyn(self.c) == dyn(self.d)
    = false @ 7 [6, 6]
dyn(self).a
    = "hello" @ 4 [2, 2]
dyn(self.l)[0]
    = "x" @ 5 [4, 4]
string(self.c)
    = "5" @ 3 [3, 3]
int(self.a)
    ! type conversion error from 'string' to 'int' @ 3 [3, 3]
string(self.by)
    = "hi" @ 3 [2, 314575]
bytes(self.a)
    = b"hello" @ 3 [2, 314575]
self.m.map(k, k)
    = ["p","q"] @ 29 [13, 5842070]
self.m.filter(k, k == 'p')
    = ["p"] @ 20 [13, 6291459]
self.m == oldSelf.m
    = true @ 5 [5, 44943]
self.m.size()
    = 2 @ 3 [3, 3]
'%s-%d'.format([self.a, self.c])
    = "hello-5" @ 15 [15, 15]
self.l.map(x, x.size()).sum()
    = 3 @ 33 [13, 15728638]
self.l.map(x, self.l.map(y, x + y))
    = [["xx","xyy"],["yyx","yyyy"]] @ 93 [13, ∞]
self.a[0]
    ? 1:7: found no matching overload for '_[_]' applied to '(string, int)'
self.c.x
    ? 1:7: type 'int' does not support field selection
self.l.x
    ? 1:7: type 'list(string)' does not support field selection
self.o['x']
    ? 1:7: found no matching overload for '_[_]' applied to '(selfType1.o, string)'
self.o[self.a]
    ? 1:7: found no matching overload for '_[_]' applied to '(selfType1.o, string)'
self.m[self.c]
    ? 1:7: found no matching overload for '_[_]' applied to '(map(string, int), int)'
self.l['a']
    ? 1:7: found no matching overload for '_[_]' applied to '(list(string), string)'
self.l[self.c]
    ! index out of bounds: 5 @ 4 [5, 5]
self.los[self.c - 5].name
    = "n1" @ 7 [7, 7]
self.los[self.li[0] - 1].name
    = "n1" @ 8 [8, 8]
self.m[self.los[0].name]
    ! no such key: n1 @ 6 [7, 7]
oldSelf.c == self.c || oldSelf.c < self.c
    = true @ 10 [4, 9]
self.los.all(p, oldSelf.los.exists(q, q.name == p.name))
    = true @ 45 [3, 13723]
self.a.trim().substring(1).upperAscii()
    = "ELLO" @ 5 [2, 943721]
self.b.charAt(0) == 'b'
    = true @ 4 [4, 4]
self.a.lastIndexOf(self.b)
    = -1 @ 4 [4, 314577]
strings.quote(self.a)
    = "\"hello\"" @ 3 [2, 314575]
semver(self.a).major()
    ! No Major.Minor.Patch elements found @ 4 [4, 4]
self.l.first().orValue('q')
    = "x" @ 3 [4, 4]
self.lm.last().hasValue()
    = true @ 4 [4, 4]
self.e && self.e
    = true @ 4 [2, 4]
self.e ? 1 : 2
    = 1 @ 2 [2, 2]
self.e == true
    = true @ 3 [2, 2]
-self.c
    = -5 @ 3 [3, 3]
!self.e
    = false @ 3 [3, 3]
self.c - 1 > 0 || self.c / 0 > 1
    = true @ 4 [4, 8]
self.d / 0.0 > 1.0
    = true @ 4 [4, 4]
self.a > self.b
    = true @ 5 [5, 8]
self.by.size()
    = 2 @ 3 [3, 3]
self.du.getSeconds()
    = 3600 @ 3 [3, 3]
self.t - self.t
    = 0s @ 5 [5, 5]
self.t + self.du
    = 2020-01-01T01:00:00Z @ 5 [5, 5]
`;
