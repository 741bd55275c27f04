/** More rules over the data of `rules.table.ts`, which call functions of the libraries. */
export const LIBRARY_RULES = `
quantity(self.a)
    ! quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' @ 3 [3, 3]
ip(self.b)
    ! IP Address "b" parse error during conversion from string: ParseAddr("b"): unable to parse IP @ 3 [3, 3]
ip('1.1.1.1') == ip(self.b)
    ! IP Address "b" parse error during conversion from string: ParseAddr("b"): unable to parse IP @ 5 [5, 5]
cidr('10.0.0.0/8').containsIP(ip('10.0.0.1'))
    = true @ 3 [3, 6]
cidr('10.0.0.0/8').containsIP(self.b)
    ! no such overload @ 5 [4, 11]
cidr(self.a).containsCIDR(cidr(self.b))
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("hello"): no '/' @ 3 [9, 13]
cidr(self.a).containsCIDR(self.b)
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("hello"): no '/' @ 3 [8, 16]
cidr('10.0.0.0/8').masked() == cidr('10.0.0.0/8')
    = true @ 4 [4, 4]
isCIDR(self.a) || isIP(self.b)
    = false @ 6 [3, 6]
ip.isCanonical(self.b)
    ! IP Address "b" parse error during conversion from string: ParseAddr("b"): unable to parse IP @ 3 [3, 3]
url(self.a) == url(self.b)
    ! URL parse error during conversion from string: parse "hello": invalid URI for request @ 3 [5, 314585]
url(self.a).getQuery()['x'][0]
    ! URL parse error during conversion from string: parse "hello": invalid URI for request @ 5 [5, 314578]
url(self.a).getHost().startsWith('x')
    ! URL parse error during conversion from string: parse "hello": invalid URI for request @ 4 [4, 314577]
semver(self.b) == semver(self.b)
    ! No Major.Minor.Patch elements found @ 3 [7, 7]
semver(self.b).compareTo(semver('1.0.0')) > 0
    ! No Major.Minor.Patch elements found @ 3 [6, 6]
quantity('1') == quantity('1') && quantity(self.b).asInteger() > 5
    ! quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' @ 7 [3, 8]
format.named(self.a).hasValue()
    = false @ 4 [4, 4]
format.dns1123Label().validate(self.b).orValue([]).size() == 0
    = true @ 13 [16, 144]
format.dns1123Label() == format.dns1035Label()
    = false @ 3 [3, 9]
self.t.getHours('UTC') > 3
    = false @ 4 [4, 4]
duration(self.a) > self.du
    ! type conversion error from 'string' to 'google.protobuf.Duration' @ 3 [6, 6]
string(self.du) == '1h'
    = false @ 4 [4, 4]
string(self.t)
    = "2020-01-01T00:00:00Z" @ 3 [3, 3]
string(self.c) + self.a
    = "5hello" @ 6 [5, ∞]
string(self.c).size()
    = 1 @ 4 [4, 4]
bytes(self.a).size()
    = 5 @ 4 [3, 314576]
string(self.by) == self.a
    = false @ 6 [5, 629150]
self.by + b'x' == b'y'
    = false @ 4 [4, 314576]
self.ios.matches('x')
    = false @ 3 [3, 314575]
self.ios == 5
    = false @ 3 [3, 3]
self.ios == '50%'
    = true @ 3 [3, 3]
self.ios in ['50%']
    = true @ 2 [13, 13]
self.ios in [5, 6]
    = false @ 2 [14, 14]
type(self.ios) == string ? self.ios.size() > 2 : true
    = true @ 8 [4, 8]
int(self.ios)
    ! type conversion error from 'string' to 'int' @ 3 [3, 3]
string(self.ios)
    = "50%" @ 3 [2, 314575]
[self.ios, self.ios].map(x, string(x))
    = ["50%","50%"] @ 43 [51, 53]
self.?ios.orValue(5)
    = "50%" @ 2 [3, 3]
self.?los[0].?name
    = some("n1") @ 4 [4, 4]
self.?los[?0].?ports.orValue([])
    = [80] @ 4 [15, 15]
self.?o.?x.orValue(1) + 1
    = 2 @ 4 [5, 5]
self.?o.optMap(o, o.?x.orValue(5))
    = some(1) @ 9 [4, 20]
self.?o.optFlatMap(o, o.?x).orValue(3)
    = 1 @ 8 [5, 19]
self.?a.optMap(v, v + 'x').orValue('none').size() < 10
    = true @ 11 [7, ∞]
oldSelf.los.all(p, p.name in self.los.map(q, q.name))
    = true @ 79 [3, 6363]
self.los.map(p, p.name).isSorted()
    = true @ 31 [13, ∞]
self.los.map(p, [p.name]).size()
    = 2 @ 52 [14, 494]
self.los.map(p, {'n': p.name})[0].n
    = "n1" @ 94 [15, 895]
self.los.map(p, {'n': p.name}).all(e, e.n.size() < 5)
    = true @ 106 [14, 1034]
self.l.map(x, [x, x]).map(y, y[0]).join('')
    = "xyy" @ 81 [24, ∞]
self.l.map(x, x + x).all(y, y.size() < 5)
    = true @ 46 [14, 659727738464]
(self.l + self.lm).all(x, x.size() < 5)
    = true @ 24 [6, 6291516]
(self.e ? self.l : self.lm).all(x, x.size() < 5)
    = true @ 16 [5, 6291455]
[self.a, self.b].exists(x, x.contains('b'))
    = true @ 27 [23, 25]
[[self.a], [self.b]].all(x, x.all(y, y.size() > 1))
    = false @ 57 [41, 45]
{'x': self.l, 'y': self.lm}.all(k, v, v.size() < 4)
    = true @ 47 [41, 47]
{'x': self.l}.map(k, k)
    = ["x"] @ 46 [56, 56]
{'x': self.a}['x'].size()
    = 5 @ 35 [34, 34]
{self.a: self.b}[self.a]
    = "b" @ 37 [37, 37]
self.m.transformList(k, v, v * 2).sum()
    = 6 @ 33 [13, 6740848]
self.m.transformList(k, v, v > 1, k)
    = ["q"] @ 20 [13, 6740848]
self.m.transformMap(k, v, v + 1)
    = {"p":2,"q":3} @ 13 [33, 2246978]
self.m.transformMapEntry(k, v, {string(v): k})
    = {"1":"p","2":"q"} @ 73 [33, 15728648]
self.m.transformMap(k, v, v > 1, v + 1).size()
    = 1 @ 13 [34, 3145757]
self.mo.transformList(k, v, v.k).join(',')
    = "k" @ 18 [13, ∞]
self.mo.map(k, self.mo[k].k)
    = ["k"] @ 19 [13, 98]
self.mo['z'].v
    = "v" @ 4 [4, 4]
self.mo.z.v.size()
    = 1 @ 5 [5, 5]
self.mo.?z.?v.orValue('')
    = "v" @ 4 [5, 5]
has(self.mo.z)
    = true @ 2 [2, 2]
has(self.mo.z.v)
    = true @ 3 [3, 3]
has(self.m.p)
    = true @ 2 [2, 2]
has(self.o.dash__dash__ed)
    = true @ 2 [2, 2]
!has(self.zz)
    ? 1:5: undefined field 'zz'
'z' in self.mo && self.mo['z'].k == 'k'
    = true @ 8 [3, 8]
self.li.filter(x, x > 1).map(x, x * 2).sum()
    = 10 @ 66 [24, 47185914]
self.li.map(x, x > 1, x * 2).max()
    = 6 @ 39 [13, 26738684]
self.li.exists(x, x > 1) && self.li.all(x, x > 0) && !self.li.exists_one(x, x == 2)
    = false @ 49 [3, 22020093]
self.li.all(i, x, i < x)
    = true @ 21 [3, 9437181]
self.li.exists(i, x, i == x)
    = false @ 24 [3, 9437181]
self.li == [1,2,3]
    = true @ 3 [13, 13]
self.li + [4] == [1,2,3,4]
    = true @ 4 [24, 24]
self.li[self.li.size() - 1]
    = 3 @ 7 [7, 7]
self.li.first().value() + self.li.last().value()
    = 4 @ 9 [9, 9]
sets.equivalent(self.li, [3,2,1])
    = true @ 21 [13, 9437191]
sets.intersects(self.l, ['x'])
    = true @ 5 [13, 1048588]
sets.contains(self.lm, self.l)
    = false @ 7 [5, 10485755]
self.lset == ['b','a']
    = true @ 3 [13, 13]
self.lset.exists(x, x == 'a')
    = true @ 12 [3, 6291453]
self.lmap.exists(x, x.k == 'a' && x.v == 1)
    = true @ 16 [3, 9437178]
self.lmap == self.lmap
    = true @ 5 [5, 104862]
self.lmap[0] == oldSelf.lmap[1]
    = true @ 7 [6, 6]
self.lset + oldSelf.lset
    = ["a","b"] @ 5 [5, 5]
(self.lmap + oldSelf.lmap).size()
    = 2 @ 6 [6, 6]
self.m
    = {"p":1,"q":2} @ 2 [2, 2]
dyn(self.o).x
    = 1 @ 5 [3, 3]
dyn(self.o) == dyn(oldSelf.o)
    = true @ 7 [6, 6]
dyn(self.l) == dyn(self.lm)
    = false @ 7 [7, 7]
self.o.x == 1 ? self.o.y : 'q'
    = "one" @ 6 [3, 6]
self.e ? self.los[0].name : self.los[1].name
    = "n1" @ 5 [6, 6]
self.e ? (self.c > 1 ? self.a : self.b) : 'z'
    = "hello" @ 6 [2, 7]
(self.e ? self.los : []).size()
    = 2 @ 4 [5, 13]
(self.e ? self.o : oldSelf.o).x
    = 1 @ 4 [5, 5]
-self.c + 1 < self.d
    = true @ 7 [7, 7]
self.c * 2 > self.c && self.c / 2 < self.c && self.c % 2 == 1
    = true @ 16 [6, 16]
self.d * 2.0 > 1.0
    = true @ 4 [4, 4]
double(self.c) > self.d
    = true @ 6 [6, 6]
int(self.d) > self.c
    = false @ 6 [6, 6]
uint(self.c) > 3u
    = true @ 4 [4, 4]
self.c > 3u
    = true @ 3 [3, 3]
self.c > 2.5
    = true @ 3 [3, 3]
self.c == 5 || self.c == int('5')
    = true @ 3 [2, 5]
self.a > 'b' && self.b <= self.a
    = true @ 8 [3, 11]
self.a != self.b
    = true @ 5 [5, 8]
self.a.endsWith(self.b) || self.a.startsWith(self.b)
    = false @ 10 [4, 16]
self.a.matches('^' + self.b)
    = false @ 6 [6, 3460312]
self.a.find(self.b)
    = "" @ 5 [4, 3145734]
self.a.findAll(self.b, 2)
    = [] @ 5 [4, 3145734]
self.a.replace(self.b, self.a)
    = "hello" @ 7 [6, 629152]
self.a.replace('x', self.b, 2).size()
    = 5 @ 6 [5, 629151]
self.a.split(self.b, 3)
    = ["hello"] @ 5 [4, 629150]
self.a.split(',')[0]
    = "hello" @ 5 [3, 629149]
self.a.split(',').map(x, x.trim()).all(x, x.matches('^[a-z]+$'))
    = true @ 25 [14, 60397954]
self.l.join(self.a)
    = "xhelloyy" @ 6 [4, 659705613522]
self.a.substring(0, 2) + self.a.substring(2)
    = "hello" @ 7 [4, 1258296]
self.a.indexOf('l', 2) < self.a.lastIndexOf('l', 4)
    = true @ 5 [5, 629151]
'%s is %d'.format([self.a, self.c])
    = "hello is 5" @ 15 [15, 15]
self.a.format([])
    = "hello" @ 3 [12, 314585]
strings.quote(self.a).size()
    = 7 @ 4 [3, 314576]
self.a.upperAscii().lowerAscii() == self.a
    = true @ 7 [5, 943723]
self.l.min() == 'x'
    = true @ 3 [3, 329854432053]
self.li.min() + self.li.max()
    = 4 @ 11 [5, 3145731]
[self.c, self.o.x].max()
    = 5 @ 17 [17, 17]
[self.a, self.b].min()
    = "b" @ 14 [16, ∞]
self.los.map(p, p.name.size()).sum() > 3
    = true @ 36 [14, 334]
self.los.all(p, has(p.ports) ? p.ports.all(q, q > 0) : true)
    = true @ 19 [3, 643]
self.los.all(p, !has(p.ports) || p.ports.size() > 0)
    = true @ 17 [3, 183]
self.los.exists(p, p.?ports.orValue([]).size() == 0)
    = true @ 18 [3, 383]
self.los.filter(p, has(p.ports)).all(p, p.ports[0] > 1)
    = true @ 26 [14, 434]
self.los.map(p, p.name).exists(n, n == 'n2')
    = true @ 44 [14, 394]
self.los.all(x, self.los.filter(y, x.name == y.name).size() == 1)
    = true @ 65 [3, 17563]
self.los.map(x, x.name).all(n, self.los.exists_one(y, y.name == n))
    = true @ 66 [14, 2434]
oldSelf.a == self.a && oldSelf.l.all(x, x in self.l)
    = true @ 24 [5, 1099516136655]
self.li.map(x, self.li.map(y, x * y)).map(z, z.sum()).sum()
    = 36 @ 235 [24, 37108531593216]
self.n == null || self.n > 3
    ? 1:8: found no matching overload for '_==_' applied to '(int, null)'
self.n
    ! no such key: n @ 2 [2, 2]
self.n + 1
    ! no such key: n @ 2 [3, 3]
has(self.n)
    = false @ 1 [1, 1]
type(self.n)
    ! no such key: n @ 3 [3, 3]
self.los[0] == self.los[1]
    = false @ 7 [6, 6]
self.los.indexOf(self.los[1])
    = 1 @ 6 [5, 25]
[1,2,3].all(x, x in self.li)
    = true @ 28 [20, 4718618]
self.los == oldSelf.los
    = true @ 5 [5, 6]
optional.of(self.a).value() == 'hello'
    = true @ 5 [5, 5]
optional.ofNonZeroValue(self.c).hasValue()
    = true @ 4 [4, 4]
optional.none().orValue(self.a)
    = "hello" @ 3 [4, 4]
self.t < self.dt
    = false @ 5 [5, 5]
self.t - duration('1h') < self.t
    = true @ 6 [7, 7]
self.du + self.du
    = 2h0m0s @ 5 [5, 5]
size(self.l) + size(self.m) + size(self.a)
    = 9 @ 11 [11, 11]
self.by == bytes(self.a)
    = false @ 6 [5, 629150]
`;
