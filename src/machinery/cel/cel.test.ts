import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from './compile.ts';
import type { CostRange } from './estimate.ts';
import { printDouble } from './functions/numbers.ts';
import { printDuration, printTimestamp } from './functions/time.ts';
import { LIBRARY_RULES } from './library-rules.table.ts';
import { OLD_SELF, RULES, SCHEMA, SELF } from './rules.table.ts';
import { declareSchema } from './schema.ts';
import type { Type } from './types.ts';
import {
  Duration,
  isError,
  isList,
  isMap,
  isObject,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from './values.ts';

// Goal: expressions mean, say and cost to the unit what they do in Kubernetes, by what was recorded.

// Below each expression stands its value (`=`) or error (`!`), what it cost, and what it was estimated
// to cost; or what is wrong with it (`?`), without the lines that mark the place.
const EXPRESSIONS = String.raw`
# Texts that are no expressions, and types that do not fit
1 +
    ? 1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
(1
    ? 1:3: Syntax error: missing ')' at '<EOF>'
[1,2
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {']', ','}
{1:2
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {'}', ','}
a.
    ? 1:3: Syntax error: no viable alternative at input '.'
1 2
    ? 1:3: Syntax error: extraneous input '2' expecting <EOF>
foo(1,
    ? 1:7: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
'abc
    ? 1:1: Syntax error: token recognition error at: ''abc'
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
1 ++ 2
    ? 1:4: Syntax error: extraneous input '+' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
&& a
    ? 1:1: Syntax error: extraneous input '&&' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a &&
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
)
    ? 1:1: Syntax error: mismatched input ')' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
$
    ? 1:1: Syntax error: token recognition error at: '$'
    ? 1:2: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a b c
    ? 1:3: Syntax error: mismatched input 'b' expecting <EOF>
{a: }
    ? 1:5: Syntax error: mismatched input '}' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
x.y(
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
true ? 1
    ? 1:9: Syntax error: mismatched input '<EOF>' expecting ':'
true ? 1 :
    ? 1:11: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a[
    ? 1:3: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
[,]
    = [] @ 0 [10, 10]
.5
    = 0.5 @ 0 [0, 0]
1.
    ? 1:3: Syntax error: no viable alternative at input '.'
0x
    ? 1:2: Syntax error: extraneous input 'x' expecting <EOF>
12345678901234567890
    ? 1:1: invalid int literal
'\q'
    ? 1:1: Syntax error: token recognition error at: ''\q'
    ? 1:4: Syntax error: token recognition error at: '''
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
for
    ? 1:1: reserved identifier: for
if.a
    ? 1:1: reserved identifier: if
a.if
    ? 1:1: undeclared reference to 'a' (in container '')
a.true
    ? 1:3: Syntax error: mismatched input 'true' expecting IDENTIFIER
.a
    ? 1:2: undeclared reference to '.a' (in container '')
!!true
    = true @ 0 [0, 0]
-(1)
    = -1 @ 1 [1, 1]
- 1
    = -1 @ 0 [0, 0]
has(a)
    ? 1:5: invalid argument to has() macro
[1].all(1, true)
    ? 1:9: argument must be a simple name
[1].map(1, true)
    ? 1:9: argument is not an identifier
[1].all(x, y, z, true)
    ? 1:8: undeclared reference to 'all' (in container '')
    ? 1:9: undeclared reference to 'x' (in container '')
    ? 1:12: undeclared reference to 'y' (in container '')
    ? 1:15: undeclared reference to 'z' (in container '')
[1].all(x, x, true)
    ? 1:12: duplicate variable name: x
a.b.c(1)
    ? 1:1: undeclared reference to 'a' (in container '')
    ? 1:6: undeclared reference to 'c' (in container '')
1 == 1 == 1
    ? 1:8: found no matching overload for '_==_' applied to '(bool, int)'
1 < 2 < 3
    ? 1:7: found no matching overload for '_<_' applied to '(bool, int)'
1 = 2
    ? 1:3: Syntax error: token recognition error at: '= '
    ? 1:5: Syntax error: extraneous input '2' expecting <EOF>
a # b
    ? 1:3: Syntax error: token recognition error at: '#'
    ? 1:5: Syntax error: extraneous input 'b' expecting <EOF>
b"\u0041"
    ? 1:1: unable to unescape string
r'\d'
    = "\\d" @ 0 [0, 0]
r"""a 'b"""
    = "a 'b" @ 0 [0, 0]
r'''a''b'''
    = "a''b" @ 0 [0, 0]
'''a
    ? 1:3: Syntax error: token recognition error at: ''a'
b'''
    ? 1:4: Syntax error: token recognition error at: '''
null
    = null @ 0 [0, 0]
type(1) == int
    = true @ 1 [3, ∞]
1u + 1
    ? 1:4: found no matching overload for '_+_' applied to '(uint, int)'
1.0 + 1
    ? 1:5: found no matching overload for '_+_' applied to '(double, int)'
1 + 'a'
    ? 1:3: found no matching overload for '_+_' applied to '(int, string)'
-'a'
    ? 1:1: found no matching overload for '-_' applied to '(string)'
!1
    ? 1:1: found no matching overload for '!_' applied to '(int)'
1 ? 2 : 3
    ? 1:3: found no matching overload for '_?_:_' applied to '(int, int, int)'
true ? 1 : 'a'
    ? 1:6: found no matching overload for '_?_:_' applied to '(bool, int, string)'
[1, 'a']
    ? 1:5: expected type 'int' but found 'string'
{'a': 1, 'b': 'c'}
    ? 1:15: expected type 'int' but found 'string'
{1: 1, 'b': 2}
    ? 1:8: expected type 'int' but found 'string'
1 in 2
    ? 1:3: found no matching overload for '@in' applied to '(int, int)'
size(1)
    ? 1:5: found no matching overload for 'size' applied to '(int)'
1.size()
    ? 1:7: found no matching overload for 'size' applied to 'int.()'
'a'.foo()
    ? 1:8: undeclared reference to 'foo' (in container '')
foo('a')
    ? 1:4: undeclared reference to 'foo' (in container '')
[1].map(x, y)
    ? 1:12: undeclared reference to 'y' (in container '')
'a'.matches('[')
    ? 1:13: invalid matches argument
duration('x')
    ? 1:10: invalid duration argument
timestamp('x')
    ? 1:11: invalid timestamp argument
Foo{a: 1}
    ? 1:4: undeclared reference to 'Foo' (in container '')
a ? b : c
    ? 1:1: undeclared reference to 'a' (in container '')
    ? 1:5: undeclared reference to 'b' (in container '')
    ? 1:9: undeclared reference to 'c' (in container '')
1 && 2
    ? 1:1: expected type 'bool' but found 'int'
    ? 1:6: expected type 'bool' but found 'int'
'a'.startsWith(1)
    ? 1:15: found no matching overload for 'startsWith' applied to 'string.(int)'
[1][0].x
    ? 1:7: type 'int' does not support field selection

# Syntax errors
foo(1
    ? 1:6: Syntax error: missing ')' at '<EOF>'
foo(1 2)
    ? 1:7: Syntax error: extraneous input '2' expecting ')'
(1 2)
    ? 1:4: Syntax error: extraneous input '2' expecting ')'
[1 2]
    ? 1:4: Syntax error: extraneous input '2' expecting {']', ','}
{1 2}
    ? 1:4: Syntax error: missing ':' at '2'
{1:2 3:4}
    ? 1:6: Syntax error: mismatched input '3' expecting {'}', ','}
a.b(
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a.
    ? 1:3: Syntax error: no viable alternative at input '.'
a..b
    ? 1:3: Syntax error: no viable alternative at input '..'
a.1
    ? 1:2: Syntax error: extraneous input '.1' expecting <EOF>
1.a
    ? 1:2: type 'int' does not support field selection
a[1
    ? 1:4: Syntax error: missing ']' at '<EOF>'
a[1 2]
    ? 1:5: Syntax error: extraneous input '2' expecting ']'
a ? b
    ? 1:6: Syntax error: mismatched input '<EOF>' expecting ':'
a ? b c
    ? 1:7: Syntax error: missing ':' at 'c'
a b
    ? 1:3: Syntax error: extraneous input 'b' expecting <EOF>
foo(,1)
    ? 1:5: Syntax error: extraneous input ',' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
(,)
    ? 1:2: Syntax error: mismatched input ',' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
()
    ? 1:2: Syntax error: mismatched input ')' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
{}
    = {} @ 0 [30, 30]
[]
    = [] @ 0 [10, 10]
x.(1)
    ? 1:3: Syntax error: no viable alternative at input '.('
* 1
    ? 1:1: Syntax error: extraneous input '*' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a * * b
    ? 1:5: Syntax error: extraneous input '*' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a == == b
    ? 1:6: Syntax error: extraneous input '==' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
{1}
    ? 1:3: Syntax error: mismatched input '}' expecting ':'
{1:}
    ? 1:4: Syntax error: mismatched input '}' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
{:1}
    ? 1:2: Syntax error: extraneous input ':' expecting {'[', '{', '}', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
    ? 1:4: Syntax error: mismatched input '}' expecting ':'
a.b c d
    ? 1:5: Syntax error: mismatched input 'c' expecting <EOF>
a && b c
    ? 1:8: Syntax error: extraneous input 'c' expecting <EOF>
]
    ? 1:1: Syntax error: mismatched input ']' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a]
    ? 1:2: Syntax error: extraneous input ']' expecting <EOF>
a)
    ? 1:2: Syntax error: extraneous input ')' expecting <EOF>
a))
    ? 1:2: Syntax error: mismatched input ')' expecting <EOF>
(a))
    ? 1:4: Syntax error: extraneous input ')' expecting <EOF>
((a)
    ? 1:5: Syntax error: missing ')' at '<EOF>'
"a" "b"
    ? 1:5: Syntax error: extraneous input '"b"' expecting <EOF>
'a'b
    ? 1:4: Syntax error: extraneous input 'b' expecting <EOF>
has(
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
has(a.b
    ? 1:8: Syntax error: missing ')' at '<EOF>'
self.a = 1
    ? 1:8: Syntax error: token recognition error at: '= '
    ? 1:10: Syntax error: extraneous input '1' expecting <EOF>
self.a === 1
    ? 1:10: Syntax error: token recognition error at: '= '
self.a => 1
    ? 1:8: Syntax error: token recognition error at: '=>'
    ? 1:11: Syntax error: extraneous input '1' expecting <EOF>
self.a & self.b
    ? 1:8: Syntax error: token recognition error at: '& '
    ? 1:10: Syntax error: mismatched input 'self' expecting <EOF>
self.a | self.b
    ? 1:8: Syntax error: token recognition error at: '| '
    ? 1:10: Syntax error: mismatched input 'self' expecting <EOF>
self.a and self.b
    ? 1:8: Syntax error: mismatched input 'and' expecting <EOF>
not self.a
    ? 1:5: Syntax error: mismatched input 'self' expecting <EOF>
@
    ? 1:1: Syntax error: token recognition error at: '@'
    ? 1:2: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
self.a; self.b
    ? 1:7: Syntax error: token recognition error at: ';'
    ? 1:9: Syntax error: mismatched input 'self' expecting <EOF>
if (a)
    ? 1:1: reserved identifier: if
null.a
    ? 1:5: type 'null' does not support field selection
true.a
    ? 1:5: type 'bool' does not support field selection
for.x
    ? 1:1: reserved identifier: for
in a
    ? 1:1: Syntax error: extraneous input 'in' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a in
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a in in b
    ? 1:6: Syntax error: extraneous input 'in' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
a.b{
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}
a{b:1
    ? 1:6: Syntax error: mismatched input '<EOF>' expecting {'}', ','}
a{b
    ? 1:4: Syntax error: mismatched input '<EOF>' expecting ':'
a?.b
    ? 1:5: Syntax error: mismatched input '<EOF>' expecting ':'
a.?b
    ? 1:1: undeclared reference to 'a' (in container '')
a[?1]
    ? 1:1: undeclared reference to 'a' (in container '')
{?'a': optional.of(1)}
    = {"a":1} @ 31 [31, 31]
[?optional.of(1)]
    = [1] @ 11 [11, 11]

# Lists and maps of mixed types
[1, dyn('a')]
    ? 1:8: expected type 'int' but found 'dyn'
[dyn(1), 'a']
    ? 1:10: expected type 'dyn' but found 'string'
[1, null]
    ? 1:5: expected type 'int' but found 'null'
[null, 1]
    ? 1:8: expected type 'null' but found 'int'
[duration('1s'), null]
    ? 1:18: expected type 'duration' but found 'null'
[[1], []]
    = [[1],[]] @ 0 [30, 30]
[[1], ['a']]
    ? 1:7: expected type 'list(int)' but found 'list(string)'
[[], [1], ['a']]
    ? 1:11: expected type 'list(int)' but found 'list(string)'
[{}, {'a':1}]
    = [{},{"a":1}] @ 0 [70, 70]
[optional.of(1), optional.none()]
    = [some(1),none] @ 12 [12, 12]
[1, 'a'].foo()
    ? 1:13: undeclared reference to 'foo' (in container '')
[1, 'a', 2.0]
    ? 1:5: expected type 'int' but found 'string'
['a', 1][0]
    ? 1:7: expected type 'string' but found 'int'
1 in [1, 'a']
    ? 1:10: expected type 'int' but found 'string'
{'a': 1, 'b': [1,'a']}
    ? 1:15: expected type 'int' but found 'list(dyn)'
    ? 1:18: expected type 'int' but found 'string'
'%s'.format([1, [2, 'b']])
    ? 1:12: too many arguments supplied to string.format (expected 1, got 2)
[type(1), type('a')]
    ? 1:15: expected type 'type(int)' but found 'type(string)'
[1, x]
    ? 1:5: undeclared reference to 'x' (in container '')
[ip('1.1.1.1'), cidr('1.1.1.1/8')]
    ? 1:21: expected type 'net.IP' but found 'net.CIDR'
[[1,'a'],['b']]
    ? 1:5: expected type 'int' but found 'string'
    ? 1:10: expected type 'list(dyn)' but found 'list(string)'
[?optional.of(1), 'a']
    ? 1:19: expected type 'int' but found 'string'
[?1]
    ? 1:3: expected type 'optional_type(int)' but found 'int'
{?'a': 1}
    ? 1:8: expected type 'optional_type(int)' but found 'int'
true ? [1] : ['a']
    ? 1:6: found no matching overload for '_?_:_' applied to '(bool, list(int), list(string))'
[1] + ['a']
    ? 1:5: found no matching overload for '_+_' applied to '(list(int), list(string))'
[1].map(x, x > 0 ? x : 'a')
    ? 1:18: found no matching overload for '_?_:_' applied to '(bool, int, string)'
[dyn(1), dyn('a')].map(x, x)
    = [1,"a"] @ 27 [49, 49]
{1: 'a', 'b': 'c'}
    ? 1:10: expected type 'int' but found 'string'
{'a': 1}['b'] + 'x'
    ? 1:15: found no matching overload for '_+_' applied to '(int, string)'
[[]] + [[1]]
    = [[],[1]] @ 1 [41, 41]
[] + [1]
    = [1] @ 1 [21, 21]
[1,2,3].map(x, [x, 'a'])
    ? 1:20: expected type 'int' but found 'string'

# Operators, errors and their absorption, optionals, folds
[1][3]
    ! index out of bounds: 3 @ 2 [11, 11]
[1][-1]
    ! index out of bounds: -1 @ 2 [11, 11]
{'a':1}['b']
    ! no such key: b @ 2 [31, 31]
{'a':1}.b
    ! no such key: b @ 2 [31, 31]
{1:2}[3]
    ! no such key: 3 @ 2 [31, 31]
1/0
    ! division by zero @ 1 [1, 1]
1u/0u
    ! division by zero @ 1 [1, 1]
1%0
    ! modulus by zero @ 1 [1, 1]
1.0/0.0
    = +Inf @ 1 [1, 1]
9223372036854775807 + 1
    ! integer overflow @ 1 [1, 1]
-9223372036854775807 - 2
    ! integer overflow @ 1 [1, 1]
-(-9223372036854775807 - 1)
    ! integer overflow @ 2 [2, 2]
0u - 1u
    ! unsigned integer overflow @ 1 [1, 1]
9223372036854775807 * 2
    ! integer overflow @ 1 [1, 1]
int('a')
    ? program instantiation failed: type conversion error from 'string' to 'int'
int(1e30)
    ? program instantiation failed: integer overflow
uint(-1)
    ? program instantiation failed: unsigned integer overflow
uint('x')
    ? program instantiation failed: type conversion error from 'string' to 'uint'
double('x')
    ? program instantiation failed: type conversion error from 'string' to 'double'
bool('x')
    ? program instantiation failed: type conversion error from 'string' to 'bool'
bool('TRUE')
    = true @ 0 [1, 1]
bytes('é')
    = b"é" @ 0 [1, 1]
string(b'\xff')
    ? program instantiation failed: invalid UTF-8 in bytes, cannot convert to string
string(1.0)
    = "1" @ 0 [1, 1]
string(1e30)
    = "1e+30" @ 0 [1, 1]
string(1.5e-7)
    = "1.5e-07" @ 0 [1, 1]
string(100000.0)
    = "100000" @ 0 [1, 1]
string(1e21)
    = "1e+21" @ 0 [1, 1]
string(1e20)
    = "1e+20" @ 0 [1, 1]
string(123456789.0)
    = "1.23456789e+08" @ 0 [1, 1]
dyn(1) + 'a'
    ! no such overload @ 1 [2, 2]
dyn('a') + 1
    ! no such overload @ 1 [2, 2]
dyn('a') < 1
    ! no such overload @ 1 [2, 2]
dyn('a').startsWith(1)
    ? 1:20: found no matching overload for 'startsWith' applied to 'dyn.(int)'
dyn(1).startsWith('a')
    ! no such overload @ 1 [2, 2]
size(dyn(1))
    ! no such overload: size @ 1 [2, 2]
dyn(1).size()
    ! no such overload: size @ 1 [2, 2]
dyn([1])['a']
    ! unsupported index type 'string' in list @ 2 [12, 12]
dyn({'a':1})[1]
    ! no such key: 1 @ 2 [32, 32]
dyn(1).a
    ! no such key: a @ 2 [1, 1]
dyn(1)[0]
    ! no such key: 0 @ 2 [2, 2]
dyn('a')[0]
    ! no such key: 0 @ 2 [2, 2]
!dyn(1)
    ! no such overload @ 1 [2, 2]
-dyn('a')
    ! no such overload @ 1 [2, 2]
dyn(1) && true
    ! no such overload @ 0 [1, 1]
dyn(1) ? 1 : 2
    ! no such overload @ 0 [1, 1]
dyn(1) || false
    ! no such overload @ 0 [1, 1]
dyn(1).all(x, x)
    ! got 'types.Int', expected iterable type @ 0 [5, 6]
[1].all(x, dyn(x))
    ! no such overload @ 6 [14, 16]
dyn(1) in dyn(2)
    ! no such overload @ 1 [3, 3]
dyn(1) == 1.0
    = true @ 1 [2, 2]
dyn(1) == 1u
    = true @ 1 [2, 2]
dyn(1.5) > 1
    = true @ 1 [2, 2]
dyn('a') == 1
    = false @ 1 [2, 2]
null == dyn(1)
    = false @ 1 [2, 2]
[1] == [1.0]
    ? 1:5: found no matching overload for '_==_' applied to '(list(int), list(double))'
dyn([1]) == [1.0]
    = true @ 1 [22, 22]
{'a': dyn(1)} == {'a': dyn(1.0)}
    = true @ 1 [63, 63]
0.0/0.0 == 0.0/0.0
    = false @ 3 [3, 3]
[0.0/0.0] == [0.0/0.0]
    = false @ 23 [23, 23]
type(1) == type(2)
    = true @ 1 [3, ∞]
type([]) == list
    = true @ 1 [13, ∞]
type(type(1))
    = type:type @ 0 [2, 2]
type(null)
    = type:null_type @ 0 [1, 1]
type(optional.none())
    = type:optional_type @ 2 [2, 2]
type(duration('1s'))
    = type:google.protobuf.Duration @ 0 [2, 2]
type(timestamp('2020-01-01T00:00:00Z')) == google.protobuf.Timestamp
    = true @ 1 [4, ∞]
type(ip('1.1.1.1')) == net.IP
    = true @ 3 [4, ∞]
type(quantity('1')) == kubernetes.Quantity
    ? 1:24: undeclared reference to 'kubernetes' (in container '')
type(url('http://a'))
    = type:kubernetes.URL @ 2 [2, 2]
type(semver('1.0.0'))
    = type:kubernetes.Semver @ 2 [2, 2]
type(format.dns1123Label())
    = type:kubernetes.NamedFormat @ 2 [2, 2]
list
    = type:list @ 0 [1, 1]
optional_type
    = type:optional_type @ 0 [1, 1]
net.IP
    = type:net.IP @ 0 [1, 1]
true || 1/0 == 1
    = true @ 0 [0, 2]
1/0 == 1 || true
    = true @ 1 [2, 2]
false || 1/0 == 1
    ! division by zero @ 1 [0, 2]
1/0 == 1 && false
    = false @ 1 [2, 2]
1/0 == 1 && true
    ! division by zero @ 1 [2, 2]
[1/0, 2].exists(x, x == 2)
    ! division by zero @ 11 [20, 24]
[1,0].exists(x, 1/x == 1)
    = true @ 11 [19, 25]
[0,1].exists(x, 1/x == 1)
    = true @ 14 [19, 25]
[0,1].all(x, 1/x == 2)
    = false @ 12 [17, 23]
[0].all(x, 1/x == 2)
    ! division by zero @ 6 [14, 17]
optional.none().value()
    ! optional.none() dereference @ 2 [2, 2]
optional.of(1).orValue(2)
    = 1 @ 1 [2, 2]
optional.none().orValue(2)
    = 2 @ 1 [2, 2]
[1][?5].orValue(7)
    = 7 @ 1 [12, 12]
{'a':1}[?'a']
    = some(1) @ 2 [31, 31]
{'a':1}.?b
    = none @ 1 [31, 31]
{'a':{'b':2}}.?a.b
    = some(2) @ 3 [61, 61]
{'a':{'b':2}}.?a.c
    = none @ 2 [61, 61]
optional.of(1).optMap(x, x + 1)
    = some(2) @ 7 [3, 17]
optional.of(1).optFlatMap(x, optional.of(x + 1))
    = some(2) @ 7 [3, 17]
optional.none().optMap(x, x + 1)
    = none @ 3 [3, 17]
optional.of(1) == optional.of(1)
    = true @ 3 [3, 3]
optional.ofNonZeroValue(0)
    = none @ 1 [1, 1]
[optional.of(1), optional.none()].unwrapOpt()
    = [1] @ 13 [13, 13]
optional.unwrap([optional.of(1)])
    = [1] @ 12 [12, 12]
[1,2].first()
    = some(1) @ 1 [11, 11]
[].last()
    = none @ 1 [11, 11]
[1,2].transformList(i, v, i + v)
    = [1,3] @ 31 [51, 51]
[1,2].transformMap(i, v, v)
    = {0:1,1:2} @ 9 [49, 49]
{'a': 1}.transformMapEntry(k, v, {v: k})
    = {1:"a"} @ 35 [95, 95]
[1,1].transformMapEntry(k, v, {v: k})
    ! insert failed: key 1 already exists @ 69 [109, 109]
{'a': 1, 'a': 2}
    = {"a":2} @ 0 [30, 30]
{1: 1, 1u: 2}
    ? 1:8: expected type 'int' but found 'uint'
{dyn(1.5): 1}
    = {1.5:1} @ 0 [31, 31]
{null: 1}
    = {null:1} @ 0 [30, 30]
[1,2].existsOne(i, v, v > 1)
    = true @ 8 [18, 20]
[1,2].exists_one(v, v > 1)
    = true @ 8 [18, 20]
[1,2].existsOne(v, v > 1)
    ? 1:16: undeclared reference to 'existsOne' (in container '')
    ? 1:17: undeclared reference to 'v' (in container '')
    ? 1:20: undeclared reference to 'v' (in container '')
{'a':1}.map(k, k)
    = ["a"] @ 14 [54, 54]
'abc'.reverse()
    ? 1:14: undeclared reference to 'reverse' (in container '')
math.greatest(1,2)
    ? 1:1: undeclared reference to 'math' (in container '')
    ? 1:14: undeclared reference to 'greatest' (in container '')
strings.quote("a\"b\n")
    = "\"a\\\"b\\n\"" @ 1 [1, 1]
'%d %s %f %e %x %X %o %b %.2f'.format([1, 'a', 1.5, 1.5, 255, 255, 8, 5, 3.14159])
    = "1 a 1.500000 1.500000×10⁰⁰ ff FF 10 101 3.14" @ 3 [13, 13]
'%s'.format([[1,'a',{'b':2.0},null,true,b'x',1u,duration('1s'),timestamp('2020-01-01T00:00:00Z'),type(1)]])
    = "[1, \"a\", {\"b\":2.000000}, null, true, b\"x\", 1, duration(\"1s\"), timestamp(\"2020-01-01T00:00:00Z\"), int]" @ 1 [54, 54]
'%d'.format(['a'])
    ? 1:14: error during formatting: decimal clause can only be used on integers, was given string
'%q'.format(['a'])
    ? 1:12: could not parse formatting clause: unrecognized formatting clause "q"
'%s %s'.format(['a'])
    ? 1:15: index 1 out of range
'%%'.format([])
    = "%" @ 1 [11, 11]
'%s'.format(['a','b'])
    ? 1:12: too many arguments supplied to string.format (expected 1, got 2)

# Functions of the libraries
type(url('http://a')) == kubernetes.URL
    ? 1:26: undeclared reference to 'kubernetes' (in container '')
type(semver('1.0.0')) == kubernetes.Semver
    ? 1:26: undeclared reference to 'kubernetes' (in container '')
kubernetes.NamedFormat
    ? 1:1: undeclared reference to 'kubernetes' (in container '')
'abc'.charAt(1)
    = "b" @ 1 [1, 1]
'abc'.charAt(3)
    = "" @ 1 [1, 1]
'abc'.charAt(4)
    ! index out of range: 4 @ 1 [1, 1]
'abc'.indexOf('c')
    = 2 @ 0 [1, 1]
'abc'.indexOf('')
    = 0 @ 0 [1, 1]
'abcabc'.indexOf('c', 3)
    = 5 @ 0 [1, 1]
'abc'.indexOf('c', -1)
    ! index out of range: -1 @ 0 [1, 1]
'abc'.indexOf('c', 7)
    = -1 @ 0 [1, 1]
'abcabc'.lastIndexOf('c')
    = 5 @ 0 [1, 1]
'abcabc'.lastIndexOf('c', 3)
    = 2 @ 0 [1, 1]
'abc'.lastIndexOf('')
    = 3 @ 0 [1, 1]
'abcabc'.lastIndexOf('c', -1)
    ! index out of range: -1 @ 0 [1, 1]
['a','b'].join()
    = "ab" @ 1 [10, ∞]
['a','b'].join('-')
    = "a-b" @ 1 [11, ∞]
[].join()
    = "" @ 0 [10, 10]
'aBÉ'.lowerAscii()
    = "abÉ" @ 1 [1, 1]
'aé'.upperAscii()
    = "Aé" @ 1 [1, 1]
'hello hello'.replace('he', 'we')
    = "wello wello" @ 3 [3, 3]
'hello hello'.replace('he', 'we', 1)
    = "wello hello" @ 3 [3, 3]
'hello hello'.replace('he', 'we', 0)
    = "hello hello" @ 3 [3, 3]
'hello hello'.replace('he', 'we', -1)
    = "wello wello" @ 3 [3, 3]
'abc'.replace('', '-')
    = "-a-b-c-" @ 1 [1, 1]
'abc'.split('')
    = ["a","b","c"] @ 1 [1, 1]
'a,b,c'.split(',')
    = ["a","b","c"] @ 1 [1, 1]
'a,b,c'.split(',', 2)
    = ["a","b,c"] @ 1 [1, 1]
'a,b,c'.split(',', 0)
    = [] @ 1 [1, 1]
'a,b,c'.split(',', -1)
    = ["a","b","c"] @ 1 [1, 1]
''.split(',')
    = [""] @ 0 [0, 0]
'hello'.substring(1)
    = "ello" @ 1 [1, 1]
'hello'.substring(1, 3)
    = "el" @ 1 [1, 1]
'hello'.substring(3, 1)
    ! invalid substring range. start: 3, end: 1 @ 1 [1, 1]
'hello'.substring(9)
    ! index out of range: 9 @ 1 [1, 1]
'hello'.substring(-1)
    ! index out of range: -1 @ 1 [1, 1]
'hello'.substring(1, 9)
    ! index out of range: 9 @ 1 [1, 1]
'  a \n'.trim()
    = "a" @ 1 [1, 1]
'tacocat'.contains('')
    = true @ 0 [0, 0]
'a' + 'b' == 'ab'
    = true @ 2 [2, 2]
'😀é'.size()
    = 2 @ 1 [1, 1]
[3,1,2].isSorted()
    = false @ 3 [13, 13]
[1,1,2].isSorted()
    = true @ 3 [13, 13]
[].isSorted()
    = true @ 0 [10, 10]
[1,2,3].sum()
    = 6 @ 3 [13, 13]
[1.5,2.5].sum()
    = 4 @ 2 [12, 12]
['a'].sum()
    ? 1:10: found no matching overload for 'sum' applied to 'list(string).()'
[].sum()
    = 0 @ 0 [10, 10]
[duration('1s'), duration('2s')].sum()
    = 3s @ 2 [14, 14]
[1,2,3].max()
    = 3 @ 3 [13, 13]
[].max()
    ! max called on empty list @ 0 [10, 10]
[].min()
    ! min called on empty list @ 0 [10, 10]
['b','a'].min()
    = "a" @ 0 [12, ∞]
[true,false].max()
    = true @ 2 [12, 12]
[1,2,3].indexOf(2)
    = 1 @ 3 [13, 13]
[1,2,3,2].lastIndexOf(2)
    = 3 @ 4 [14, 14]
[1,2,3].indexOf(9)
    = -1 @ 3 [13, 13]
sets.contains([1,2],[1])
    = true @ 3 [23, 23]
sets.contains([1,2],[1.0])
    ? 1:14: found no matching overload for 'sets.contains' applied to '(list(int), list(double))'
sets.equivalent([1,1],[1])
    = true @ 5 [25, 25]
sets.intersects([1],[2])
    = false @ 2 [22, 22]
sets.intersects([], [])
    = false @ 1 [21, 21]
'abc 123'.find('[0-9]+')
    = "123" @ 2 [2, 2]
'abc 123'.find('x')
    = "" @ 1 [1, 1]
'1 2 3'.findAll('[0-9]')
    = ["1","2","3"] @ 2 [2, 2]
'1 2 3'.findAll('[0-9]', 2)
    = ["1","2"] @ 2 [2, 2]
'1 2 3'.findAll('[0-9]', 0)
    = [] @ 2 [2, 2]
'1 2 3'.findAll('[0-9]', -1)
    = ["1","2","3"] @ 2 [2, 2]
'abc'.findAll('')
    = ["","","",""] @ 0 [0, 0]
url('https://user:pw@example.com:80/a%20b?x=1&x=2&y')
    = https://user:pw@example.com:80/a%20b?x=1&x=2&y @ 5 [5, 5]
url('https://user:pw@example.com:80/a%20b?x=1&x=2&y').getScheme()
    = "https" @ 6 [6, 6]
url('https://user:pw@example.com:80/a%20b?x=1&x=2&y').getHost()
    = "example.com:80" @ 6 [6, 6]
url('https://user:pw@example.com:80/a%20b?x=1&x=2&y').getHostname()
    = "example.com" @ 6 [6, 6]
url('https://user:pw@example.com:80/a%20b?x=1&x=2&y').getPort()
    = "80" @ 6 [6, 6]
url('https://user:pw@example.com:80/a%20b?x=1&x=2&y').getEscapedPath()
    = "/a%20b" @ 6 [6, 6]
url('https://user:pw@example.com:80/a%20b?x=1&x=2&y').getQuery()
    = {"x":["1","2"],"y":[""]} @ 6 [6, 6]
url('https://[::1]:80/').getHostname()
    = "::1" @ 3 [3, 3]
url('https://[::1]:80/').getHost()
    = "[::1]:80" @ 3 [3, 3]
url('/path/only').getHost()
    = "" @ 2 [2, 2]
url('not a url')
    ! URL parse error during conversion from string: parse "not a url": invalid URI for request @ 1 [1, 1]
isURL('not a url')
    = false @ 1 [1, 1]
isURL('http://a')
    = true @ 1 [1, 1]
isURL('../a')
    = false @ 1 [1, 1]
isURL('http://a b')
    = false @ 1 [1, 1]
isURL('http://[::1')
    = false @ 1 [1, 1]
isURL('')
    = false @ 1 [1, 1]
isURL('http://a:b/')
    = false @ 1 [1, 1]
url('http://a%zz/')
    ! URL parse error during conversion from string: parse "http://a%zz/": invalid URL escape "%zz" @ 2 [2, 2]
url('relative')
    ! URL parse error during conversion from string: parse "relative": invalid URI for request @ 1 [1, 1]
url('http://a/ b').getEscapedPath()
    = "/%20b" @ 3 [3, 3]
url('http://é/é').getEscapedPath()
    = "/%C3%A9" @ 2 [2, 2]
url('http://a?a=%zz').getQuery()
    = {} @ 3 [3, 3]
isQuantity('1Gi')
    = true @ 1 [1, 1]
isQuantity('x')
    = false @ 1 [1, 1]
quantity('x')
    ! quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' @ 1 [1, 1]
quantity('1Gi').asInteger()
    = 1073741824 @ 2 [2, 2]
quantity('1.5').asInteger()
    ! cannot convert value to integer @ 2 [2, 2]
quantity('9999999999999999999').asInteger()
    ! cannot convert value to integer @ 3 [2, 2]
quantity('1.5').isInteger()
    = false @ 2 [2, 2]
quantity('1.5').asApproximateFloat()
    = 1.5 @ 2 [2, 2]
quantity('1k').add(quantity('1'))
    = 1001 @ 3 [3, 3]
quantity('1k').sub(1)
    = 999 @ 2 [2, 2]
quantity('1k').compareTo(quantity('1M'))
    = -1 @ 3 [3, 3]
sign(quantity('-1'))
    = -1 @ 2 [2, 2]
quantity('1k').sign()
    ? 1:20: found no matching overload for 'sign' applied to 'kubernetes.Quantity.()'
quantity('1k') == quantity('1000')
    = true @ 3 [3, 3]
quantity('1k').isLessThan(quantity('2k'))
    = true @ 3 [3, 3]
ip('192.168.0.1')
    = 192.168.0.1 @ 2 [1, 1]
ip('192.168.0.1').family()
    = 4 @ 3 [2, 2]
ip('::1').isLoopback()
    = true @ 2 [2, 2]
ip('::ffff:1.2.3.4')
    ! IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed @ 2 [1, 1]
ip('1.2.3')
    ! IP Address "1.2.3" parse error during conversion from string: ParseAddr("1.2.3"): IPv4 address too short @ 1 [1, 1]
ip('fe80::1%eth0')
    ! IP address "fe80::1%eth0" with zone value is not allowed @ 2 [1, 1]
isIP('1.2.3.4')
    = true @ 1 [1, 1]
isIP('01.2.3.4')
    = false @ 1 [1, 1]
ip.isCanonical('::1')
    = true @ 1 [1, 1]
ip.isCanonical('0:0::1')
    = false @ 2 [1, 1]
ip.isCanonical('x')
    ! IP Address "x" parse error during conversion from string: ParseAddr("x"): unable to parse IP @ 1 [1, 1]
ip('0.0.0.0').isUnspecified()
    = true @ 2 [2, 2]
ip('224.0.0.1').isLinkLocalMulticast()
    = true @ 2 [2, 2]
ip('169.254.1.1').isLinkLocalUnicast()
    = true @ 3 [2, 2]
ip('8.8.8.8').isGlobalUnicast()
    = true @ 2 [2, 2]
ip('255.255.255.255').isGlobalUnicast()
    = false @ 3 [2, 2]
string(ip('1.2.3.4'))
    = "1.2.3.4" @ 2 [2, 2]
ip('1.2.3.4') == ip('1.2.3.4')
    = true @ 3 [3, 3]
cidr('10.0.0.0/8')
    = 10.0.0.0/8 @ 1 [1, 1]
cidr('10.0.0.0/8').containsIP('10.1.1.1')
    = true @ 3 [3, 6]
cidr('10.0.0.0/8').containsIP(ip('11.1.1.1'))
    = false @ 3 [3, 6]
cidr('10.0.0.0/8').containsIP('x')
    ! no such overload @ 3 [3, 6]
cidr('10.0.0.0/8').containsCIDR('10.0.0.0/16')
    = true @ 6 [6, 10]
cidr('10.0.0.0/8').containsCIDR(cidr('9.0.0.0/16'))
    = false @ 5 [5, 9]
cidr('10.0.0.0/8').containsCIDR('x')
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("x"): no '/' @ 5 [5, 9]
cidr('10.1.0.0/8').ip()
    = 10.1.0.0 @ 2 [2, 2]
cidr('10.1.0.0/8').masked()
    = 10.0.0.0/8 @ 2 [2, 2]
cidr('10.1.0.0/8').prefixLength()
    = 8 @ 2 [2, 2]
string(cidr('10.1.0.0/8'))
    = "10.1.0.0/8" @ 2 [2, 2]
cidr('10.0.0.0')
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0.0"): no '/' @ 1 [1, 1]
isCIDR('10.0.0.0/8')
    = true @ 1 [1, 1]
isCIDR('x')
    = false @ 1 [1, 1]
cidr('::ffff:1.2.3.4/24')
    ! network address parse error during conversion from string: IPv4-mapped IPv6 address "::ffff:1.2.3.4/24" is not allowed @ 2 [1, 1]
semver('1.2.3-rc.1+b')
    = 1.2.3-rc.1+b @ 2 [1, 1]
semver('1.2.3').major()
    = 1 @ 2 [2, 2]
semver('v1.2.3', true).minor()
    = 2 @ 2 [2, 2]
semver('v1.2.3')
    ! Invalid character(s) found in major number "v1" @ 1 [1, 1]
semver('1.2')
    ! No Major.Minor.Patch elements found @ 1 [1, 1]
semver('1.2', true)
    = 1.2.0 @ 1 [1, 1]
isSemver('01.2.3')
    = false @ 1 [1, 1]
isSemver('1.2.3', true)
    = true @ 1 [1, 1]
semver('1.2.3').compareTo(semver('1.2.4'))
    = -1 @ 3 [3, 3]
semver('1.2.3-a').isLessThan(semver('1.2.3'))
    = true @ 3 [3, 3]
semver('1.2.3') == semver('1.2.3+x')
    = true @ 3 [3, 3]
format.named('dns1123Label').value().validate('A')
    = some(["a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"]) @ 10 [34, 34]
format.dns1123Label().validate('a')
    = none @ 9 [33, 33]
format.dns1123Label().validate('A_')
    = some(["a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"]) @ 9 [33, 33]
format.dns1123Subdomain().validate('A_')
    = some(["a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"]) @ 16 [33, 33]
format.dns1035Label().validate('1')
    = some(["a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"]) @ 9 [33, 33]
format.qualifiedName().validate('a/b/c')
    = some(["a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]) @ 16 [33, 33]
format.dns1123LabelPrefix().validate('A-')
    = none @ 9 [33, 33]
format.dns1123SubdomainPrefix().validate('a.-')
    = none @ 16 [33, 33]
format.dns1035LabelPrefix().validate('A-')
    = none @ 9 [33, 33]
format.labelValue().validate('-')
    = some(["a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"]) @ 11 [33, 33]
format.uri().validate('x')
    = some(["parse \"x\": invalid URI for request"]) @ 277 [33, 33]
format.uuid().validate('x')
    = some(["does not match the UUID format"]) @ 19 [33, 33]
format.byte().validate('x')
    = some(["invalid base64"]) @ 22 [33, 33]
format.date().validate('x')
    = some(["invalid date"]) @ 19 [33, 33]
format.datetime().validate('x')
    = some(["invalid datetime"]) @ 19 [33, 33]
format.named('nope')
    = none @ 1 [1, 1]
format.uri().validate('http://a')
    = none @ 277 [33, 33]
format.date().validate('2020-01-01')
    = none @ 37 [33, 33]
format.datetime().validate('2020-01-01T00:00:00Z')
    = none @ 55 [65, 65]
format.byte().validate('YQ==')
    = none @ 22 [33, 33]
format.uuid().validate('123e4567-e89b-12d3-a456-426614174000')
    = none @ 73 [129, 129]
format.named('uri') == format.named('uri')
    = true @ 3 [3, ∞]
string(1) + string(1u) + string(true) + string(b'a')
    = "11truea" @ 3 [4, ∞]
string(duration('1h1.5s'))
    = "3601.5s" @ 0 [2, 2]
string(timestamp('2020-01-01T00:00:00.120Z'))
    = "2020-01-01T00:00:00.12Z" @ 0 [2, 2]
duration('1h30m').getMinutes()
    = 90 @ 1 [2, 2]
duration('1h30m').getHours()
    = 1 @ 1 [2, 2]
duration('1.5s').getMilliseconds()
    = 1500 @ 1 [2, 2]
duration('90s').getSeconds()
    = 90 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getFullYear()
    = 2020 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getMonth()
    = 1 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getDate()
    = 29 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getDayOfMonth()
    = 28 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getDayOfWeek()
    = 6 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getDayOfYear()
    = 59 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getHours()
    = 13 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getHours('America/New_York')
    = 8 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getHours('-02:30')
    = 10 @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getHours('Nope/Zone')
    ! unknown time zone Nope/Zone @ 1 [2, 2]
timestamp('2020-02-29T13:14:15.678Z').getMilliseconds()
    = 678 @ 1 [2, 2]
timestamp(0)
    = 1970-01-01T00:00:00Z @ 0 [1, 1]
timestamp('2020-01-01T00:00:00Z') + duration('1h')
    = 2020-01-01T01:00:00Z @ 1 [3, 3]
timestamp('2020-01-01T00:00:00Z') - timestamp('2019-01-01T00:00:00Z')
    = 8760h0m0s @ 1 [3, 3]
timestamp('9999-12-31T23:59:59Z') + duration('1h')
    ! timestamp overflow @ 1 [3, 3]
timestamp('0000-01-01T00:00:00Z')
    ? 1:11: invalid timestamp argument
duration('1s') + duration('2s')
    = 3s @ 1 [3, 3]
duration('1s') < duration('2s')
    = true @ 1 [3, 3]
duration('300000000h')
    ? 1:10: invalid duration argument
int(timestamp('2020-01-01T00:00:00Z'))
    = 1577836800 @ 0 [2, 2]
int(1.9)
    = 1 @ 0 [1, 1]
int(-1.9)
    = -1 @ 0 [1, 1]
uint(1.9)
    = 1u @ 0 [1, 1]
double('1.5')
    = 1.5 @ 0 [1, 1]
int('0x10')
    ? program instantiation failed: type conversion error from 'string' to 'int'
1 in [1,2]
    = true @ 0 [12, 12]
'a' in {'a':1}
    = true @ 1 [31, 31]
1u in {1:1}
    ? 1:4: found no matching overload for '@in' applied to '(uint, map(int, int))'
'abc'.matches('^a.c$')
    = true @ 2 [2, 2]
'abc'.matches('b')
    = true @ 1 [1, 1]
b'a' + b'b'
    = b"ab" @ 1 [1, 1]
b'a' < b'b'
    = true @ 1 [1, 1]
bytes('a') == b'a'
    = true @ 1 [2, 2]
size(b'abc')
    = 3 @ 1 [1, 1]
true > false
    = true @ 1 [1, 1]
1 < 1.5
    = true @ 1 [1, 1]
1u < 2.5
    = true @ 1 [1, 1]
1 % 2
    = 1 @ 1 [1, 1]
-5 / 2
    = -2 @ 1 [1, 1]
-5 % 2
    = -1 @ 1 [1, 1]
[1] + [2]
    = [1,2] @ 1 [21, 21]
-9223372036854775808 / -1
    ! integer overflow @ 1 [1, 1]
'\u00e9' < 'z'
    = false @ 1 [1, 1]
cel.bind(x, 1, x)
    ? 1:1: undeclared reference to 'cel' (in container '')
    ? 1:9: undeclared reference to 'bind' (in container '')
    ? 1:10: undeclared reference to 'x' (in container '')
    ? 1:16: undeclared reference to 'x' (in container '')
string(-0.0)
    = "-0" @ 0 [1, 1]
string(0.1)
    = "0.1" @ 0 [1, 1]
string(1.0/0.0)
    = "+Inf" @ 2 [2, 2]
string(5e-324)
    = "5e-324" @ 0 [1, 1]
string(123456.7)
    = "123456.7" @ 0 [1, 1]

# Arguments whose type shows only at run time
'xaaay'.findAll('x*')
    = ["x","","","",""] @ 1 [1, 1]
dyn(1).lowerAscii()
    ! no such overload: lowerAscii(int) @ 1 [2, 2]
dyn(1).indexOf('a')
    ! no such overload: indexOf(int, string) @ 1 [2, 2]
dyn('a').indexOf(dyn(1))
    ! no such overload: indexOf(string, int) @ 0 [3, 3]
'a'.contains(dyn(1))
    ! no such overload @ 1 [2, 2]
dyn(1).isSorted()
    ! no such overload: isSorted(int) @ 1 [2, 2]
dyn('a').isIP()
    ? 1:14: found no matching overload for 'isIP' applied to 'dyn.()'
isIP(dyn(1))
    ! no such overload: isIP(int) @ 1 [2, 2]
quantity(dyn(1))
    ! no such overload: quantity(int) @ 1 [2, 2]
ip(dyn(1))
    ! no such overload: ip(int) @ 1 [2, 2]
url(dyn(1))
    ! no such overload: url(int) @ 1 [2, 2]
semver(dyn(1))
    ! no such overload: semver(int) @ 1 [2, 2]
dyn(1).getScheme()
    ! no such overload: getScheme(int) @ 1 [2, 2]
dyn(1).find('a')
    ! no such overload @ 1 [2, 2]
dyn(1).matches('a')
    ! no such overload @ 1 [2, 2]
int(dyn([1]))
    ? program instantiation failed: no such overload: int(list)
string(dyn([1]))
    ? program instantiation failed: no such overload: string(list)
double(dyn(null))
    ? program instantiation failed: no such overload: double(null_type)
timestamp(dyn(true))
    ? program instantiation failed: no such overload: timestamp(bool)
duration(dyn(1))
    ? program instantiation failed: no such overload: duration(int)
dyn([1,'a']).sum()
    ? 1:8: expected type 'int' but found 'string'
[dyn('a')].sum()
    ! no such overload: sum(list) @ 0 [12, 12]
[dyn(1),dyn('a')].join()
    ! no such overload: join(list) @ 1 [12, ∞]
has(dyn(1).a)
    = false @ 1 [1, 1]
has(dyn([1]).a)
    ! unsupported index type 'string' in list @ 1 [11, 11]
has(dyn({'a':1}).a)
    = true @ 1 [31, 31]
has({'a':1}.b)
    = false @ 1 [30, 30]
has({'a':{'b':1}}.c.d)
    ! no such key: c @ 1 [61, 61]
dyn([1]).a
    ! unsupported index type 'string' in list @ 2 [11, 11]
{'a':1}.?b.c
    ? 1:11: type 'int' does not support field selection
dyn({'a':1}).?b.?c
    = none @ 1 [33, 33]
dyn(1).?a
    = none @ 1 [2, 2]
sets.contains(dyn(1), [1])
    ! no such overload: sets.contains(int, list) @ 2 [13, 13]
[1].map(x, x).map(y, y) + [2]
    = [1,2] @ 29 [69, 69]
[[1,2],[3]].map(l, l.map(x, x+1))
    = [[2,3],[4]] @ 71 [117, 145]
[1,2,3].filter(x, x > 1)
    = [2,3] @ 33 [30, 66]
{'a':1,'b':2}.filter(k, k == 'a')
    = ["a"] @ 18 [47, 71]
[3].map(x, x > 1, x * 2)
    = [6] @ 17 [24, 37]
[1,2].exists(x, x > 5)
    = false @ 13 [19, 23]
'%s'.format([dyn(1)])
    = "1" @ 1 [12, 12]
'%d'.format([dyn('a')])
    ! error during formatting: decimal clause can only be used on integers, was given string @ 1 [12, 12]
'%.3e'.format([12345.678])
    = "1.234568×10⁰⁴" @ 1 [11, 11]
'%s'.format([quantity('1')])
    ? 1:22: error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given kubernetes.Quantity
[1, 2][dyn(1.0)]
    = 2 @ 2 [12, 12]
[1, 2][dyn(1.5)]
    ! unsupported index value 1.5 in list @ 2 [12, 12]
[1, 2][dyn(1u)]
    = 2 @ 2 [12, 12]
{1: 'a'}[dyn(1.0)]
    = "a" @ 2 [32, 32]
[1,2][dyn('a')]
    ! unsupported index type 'string' in list @ 2 [12, 12]
{1u: 'a'}[dyn(1)]
    = "a" @ 2 [32, 32]
dyn(1) < dyn(1.5)
    = true @ 1 [3, 3]
dyn(1u) < dyn(-1)
    = false @ 1 [3, 3]
dyn(9007199254740993) == 9007199254740992.0
    = true @ 1 [2, 2]
optional.of(null).hasValue()
    = true @ 2 [2, 2]
optional.of(1).or(optional.of(2))
    = some(1) @ 1 [3, 3]
optional.none().or(optional.of(2)).value()
    = 2 @ 3 [4, 4]
dyn(1).orValue(2)
    ! no such overload @ 0 [2, 2]
{'a': 1}.a.b
    ? 1:11: type 'int' does not support field selection
[1,2,3].indexOf('a')
    ? 1:16: found no matching overload for 'indexOf' applied to 'list(int).(string)'
b'abc'.size()
    = 3 @ 1 [1, 1]
'abc'.size() + [1].size() + {'a':1}.size()
    = 5 @ 5 [45, 45]
type(1) == int ? 'a' : 'b'
    = "a" @ 1 [3, ∞]
true ? {'a': 1} : {}
    = {"a":1} @ 0 [30, 30]
[] == []
    = true @ 0 [20, 20]
{} == {}
    = true @ 0 [60, 60]
[null] == [null]
    = true @ 1 [21, 21]
null == null
    = true @ 1 [1, 1]
1 == null
    ? 1:3: found no matching overload for '_==_' applied to '(int, null)'
'a' == null
    ? 1:5: found no matching overload for '_==_' applied to '(string, null)'
duration('1s') == null
    = false @ 1 [2, 2]
[1, null]
    ? 1:5: expected type 'int' but found 'null'
timestamp(253402300800)
    ? 1:11: invalid timestamp argument
timestamp(-62135596801)
    ? 1:11: invalid timestamp argument
int('+5')
    = 5 @ 0 [1, 1]
int('-0')
    = 0 @ 0 [1, 1]
int(' 5')
    ? program instantiation failed: type conversion error from 'string' to 'int'
double('1e400')
    ? program instantiation failed: type conversion error from 'string' to 'double'
double('Infinity')
    = +Inf @ 0 [1, 1]
double('.5')
    = 0.5 @ 0 [1, 1]
double('5.')
    = 5 @ 0 [1, 1]
uint('+5')
    ? program instantiation failed: type conversion error from 'string' to 'uint'
bool('yes')
    ? program instantiation failed: type conversion error from 'string' to 'bool'
int(9223372036854775807.0)
    ? program instantiation failed: integer overflow
int(-9223372036854775808.0)
    ? program instantiation failed: integer overflow
uint(18446744073709551615.0)
    ? program instantiation failed: unsigned integer overflow
uint(-0.5)
    ? program instantiation failed: unsigned integer overflow
duration('-1h')
    = -1h0m0s @ 0 [1, 1]
duration('1')
    ? 1:10: invalid duration argument
duration('.5s')
    = 500ms @ 0 [1, 1]
duration('1d')
    ? 1:10: invalid duration argument
duration('1h1')
    ? 1:10: invalid duration argument
duration('+1.5h')
    = 1h30m0s @ 0 [1, 1]
duration('9223372036s')
    = 2562047h47m16s @ 0 [1, 1]
duration('-9223372036.854775808s')
    = -2562047h47m16.854775808s @ 0 [1, 1]
timestamp('2020-01-01t00:00:00z')
    ? 1:11: invalid timestamp argument
timestamp('2020-01-01T00:00:00.123456789123Z')
    = 2020-01-01T00:00:00.123456789Z @ 0 [1, 1]
timestamp('2020-01-01T24:00:00Z')
    ? 1:11: invalid timestamp argument
timestamp('2020-02-30T00:00:00Z')
    ? 1:11: invalid timestamp argument
timestamp('2020-01-01 00:00:00Z')
    ? 1:11: invalid timestamp argument
timestamp('2020-01-01T00:00:60Z')
    ? 1:11: invalid timestamp argument
timestamp('2020-01-01T0:00:00Z')
    ? 1:11: invalid timestamp argument

# Corners of the libraries
'%.2f'.format([12345.678])
    = "12,345.68" @ 1 [11, 11]
'%f'.format([1234567.5])
    = "1,234,567.500000" @ 1 [11, 11]
'%d'.format([1234567])
    = "1234567" @ 1 [11, 11]
'%.0f'.format([0.5])
    = "0" @ 1 [11, 11]
'%.0f'.format([1.5])
    = "2" @ 1 [11, 11]
'%.1f'.format([0.25])
    = "0.2" @ 1 [11, 11]
'%.20e'.format([1.5])
    = "       1.500000×10⁰⁰" @ 1 [11, 11]
'%e'.format([1e-10])
    = "1.000000×10⁻¹⁰" @ 1 [11, 11]
'%f'.format([0.0/0.0])
    = "NaN" @ 12 [12, 12]
'%s'.format([1.0/0.0])
    = "+Inf" @ 12 [12, 12]
'%s'.format([[1.0/0.0, 0.0/0.0]])
    = "[\"+Inf\", \"NaN\"]" @ 23 [23, 23]
'%s'.format([-0.0])
    = "-0" @ 1 [11, 11]
'%s'.format([1e21])
    = "1e+21" @ 1 [11, 11]
'%f'.format([-1234.5])
    = "-1,234.500000" @ 1 [11, 11]
'%x'.format([-255])
    = "-ff" @ 1 [11, 11]
'%X'.format(['hello'])
    = "68656C6C6F" @ 1 [11, 11]
'%b'.format([true])
    = "1" @ 1 [11, 11]
'%s'.format(["a\"b"])
    = "a\"b" @ 1 [11, 11]
'%s'.format([["a\"b\n"]])
    = "[\"a\\\"b\\n\"]" @ 1 [21, 21]
'%s'.format([{1: 'a', 'b': 2}])
    = "{\"b\":2, 1:\"a\"}" @ 1 [41, 41]
'%s'.format([b'abc'])
    = "abc" @ 1 [11, 11]
'%s'.format([null])
    = "null" @ 1 [11, 11]
'%s'.format([type('a')])
    = "string" @ 1 [12, 12]
'%'.format([])
    ? 1:11: unexpected end of string
'%.f'.format([1.0])
    ? 1:13: could not parse formatting clause: error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax
'%5d'.format([1])
    ? 1:13: could not parse formatting clause: unrecognized formatting clause "5"
'%s'.format([[duration('1h')]])
    = "[duration(\"3600s\")]" @ 1 [22, 22]
'%s'.format([duration('90m')])
    = "5400s" @ 1 [12, 12]
'é'.matches('^.$')
    = true @ 1 [1, 1]
'é😀'.split('')
    = ["é","😀"] @ 1 [1, 1]
'é😀'.charAt(1)
    = "😀" @ 1 [1, 1]
'é😀a'.indexOf('a')
    = 2 @ 0 [1, 1]
'é😀a'.substring(1,2)
    = "😀" @ 1 [1, 1]
'é😀a'.lastIndexOf('😀')
    = 1 @ 0 [1, 1]
'é😀a'.replace('', '-')
    = "-é-😀-a-" @ 1 [1, 1]
é
    ? 1:1: Syntax error: token recognition error at: 'é'
    ? 1:2: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
'é' + é
    ? 1:7: Syntax error: token recognition error at: 'é'
    ? 1:8: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
'漢字' == x
    ? 1:9: undeclared reference to 'x' (in container '')
'a	b' == x
    ? 1:10: undeclared reference to 'x' (in container '')
'a' ==
    ? 1:7: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
size('é'.find('.'))
    = 1 @ 2 [2, 2]
'É'.matches('(?i)é')
    = true @ 2 [2, 2]
b'é'.size()
    = 2 @ 1 [1, 1]
b'\xe9' == b'\u00e9'
    ? 1:12: unable to unescape string
'\xe9' == 'é'
    = true @ 1 [1, 1]
bytes('é') == b'é'
    = true @ 1 [2, 2]
'%s'.format(['é'])
    = "é" @ 1 [11, 11]
'abc'.replace('b', '$&')
    = "a$&c" @ 1 [1, 1]
'aaa'.replace('a', 'b', 2)
    = "bba" @ 1 [1, 1]
'aXbX'.split('X', 1)
    = ["aXbX"] @ 1 [1, 1]
'abc'.split('', 2)
    = ["a","bc"] @ 1 [1, 1]
'ab'.indexOf('', 1)
    = 1 @ 0 [1, 1]
'ab'.indexOf('', 2)
    = 2 @ 0 [1, 1]
'ab'.lastIndexOf('', 1)
    = 1 @ 0 [1, 1]
'ab'.lastIndexOf('ab', 0)
    = 0 @ 0 [1, 1]
'\u0085a\u00a0'.trim()
    = "a" @ 1 [1, 1]
url('http://user@host/p#frag').getEscapedPath()
    = "/p" @ 4 [4, 4]
url('HTTP://Host/').getScheme()
    = "http" @ 3 [3, 3]
url('mailto:a@b')
    = mailto:a@b @ 1 [1, 1]
url('mailto:a@b').getHost()
    = "" @ 2 [2, 2]
url('http:///path').getHost()
    = "" @ 3 [3, 3]
url('//host/path').getHost()
    = "host" @ 3 [3, 3]
url('http://a/%41?q=%41+b&c=').getQuery()
    = {"c":[""],"q":["A b"]} @ 4 [4, 4]
url('http://a/%41').getEscapedPath()
    = "/%41" @ 3 [3, 3]
url('http://a:99999/').getPort()
    = "99999" @ 3 [3, 3]
url('http://a:/').getPort()
    = "" @ 2 [2, 2]
url('http://a:8x/')
    ! URL parse error during conversion from string: parse "http://a:8x/": invalid port ":8x" after host @ 2 [2, 2]
url('http://a<b/')
    = http://a<b/ @ 2 [2, 2]
url('1http://a')
    ! URL parse error during conversion from string: parse "1http://a": invalid URI for request @ 1 [1, 1]
url(':a')
    ! URL parse error during conversion from string: parse ":a": missing protocol scheme @ 1 [1, 1]
url('http://a\u0001')
    ! URL parse error during conversion from string: parse "http://a\x01": net/url: invalid control character in URL @ 1 [1, 1]
url('http://[fe80::1%25en0]:80/').getHostname()
    = "fe80::1%en0" @ 4 [4, 4]
url('http://[fe80::1%en0]/')
    ! URL parse error during conversion from string: parse "http://[fe80::1%en0]/": invalid URL escape "%en" @ 3 [3, 3]
isURL('http://a/b c')
    = true @ 1 [1, 1]
isURL('a:b')
    = true @ 1 [1, 1]
isURL('/a')
    = true @ 1 [1, 1]
isURL('http://')
    = true @ 1 [1, 1]
isURL('*')
    = true @ 1 [1, 1]
url('http://a?x;y=1&z').getQuery()
    = {"z":[""]} @ 3 [3, 3]
url('http://a') == url('http://a')
    = true @ 3 [3, 3]
url('http://a') == url('http://A')
    = false @ 3 [3, 3]
ip('1.2.3.4.5')
    ! IP Address "1.2.3.4.5" parse error during conversion from string: ParseAddr("1.2.3.4.5"): IPv4 address too long @ 1 [1, 1]
ip('1.2.3.256')
    ! IP Address "1.2.3.256" parse error during conversion from string: ParseAddr("1.2.3.256"): IPv4 field has value >255 @ 1 [1, 1]
ip('1.2..4')
    ! IP Address "1.2..4" parse error during conversion from string: ParseAddr("1.2..4"): IPv4 field must have at least one digit (at ".4") @ 1 [1, 1]
ip('01.2.3.4')
    ! IP Address "01.2.3.4" parse error during conversion from string: ParseAddr("01.2.3.4"): IPv4 field has octet with leading zero @ 1 [1, 1]
ip('1.2.3.a')
    ! IP Address "1.2.3.a" parse error during conversion from string: ParseAddr("1.2.3.a"): unexpected character (at "a") @ 1 [1, 1]
ip('')
    ! IP Address "" parse error during conversion from string: ParseAddr(""): unable to parse IP @ 0 [1, 1]
ip('1:2:3')
    ! IP Address "1:2:3" parse error during conversion from string: ParseAddr("1:2:3"): address string too short @ 1 [1, 1]
ip(':::')
    ! IP Address ":::" parse error during conversion from string: ParseAddr(":::"): each colon-separated field must have at least one digit (at ":") @ 1 [1, 1]
ip('12345::')
    ! IP Address "12345::" parse error during conversion from string: ParseAddr("12345::"): each group must have 4 or less digits (at "12345::") @ 1 [1, 1]
ip('g::')
    ! IP Address "g::" parse error during conversion from string: ParseAddr("g::"): each colon-separated field must have at least one digit (at "g::") @ 1 [1, 1]
cidr('1.2.3.4/33')
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("1.2.3.4/33"): prefix length out of range @ 1 [1, 1]
cidr('1.2.3.4/x')
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("1.2.3.4/x"): bad bits after slash: "x" @ 1 [1, 1]
cidr('1.2.3.4/')
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("1.2.3.4/"): bad bits after slash: "" @ 1 [1, 1]
cidr('1.2.3.4/01')
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("1.2.3.4/01"): bad bits after slash: "01" @ 1 [1, 1]
cidr('x/8')
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("x/8"): ParseAddr("x"): unable to parse IP @ 1 [1, 1]
cidr('::/129')
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("::/129"): prefix length out of range @ 1 [1, 1]
cidr('fe80::%e/64')
    ! network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("fe80::%e/64"): IPv6 zones cannot be present in a prefix @ 2 [1, 1]
semver('1.2.3-')
    ! Prerelease is empty @ 1 [1, 1]
semver('1.2.3-01')
    ! Numeric PreRelease version must not contain leading zeroes "01" @ 1 [1, 1]
semver('1.2.3+')
    ! Build meta data is empty @ 1 [1, 1]
semver('1.2.3-a..b')
    ! Prerelease is empty @ 1 [1, 1]
semver('1.2.x')
    ! Invalid character(s) found in patch number "x" @ 1 [1, 1]
semver('1.02.3')
    ! Minor number must not contain leading zeroes "02" @ 1 [1, 1]
semver('')
    ! Version string empty @ 0 [1, 1]
semver('1.2.3.4')
    ! Invalid character(s) found in patch number "3.4" @ 1 [1, 1]
semver('99999999999999999999.0.0')
    ! strconv.ParseUint: parsing "99999999999999999999": value out of range @ 3 [1, 1]
semver('v01.02.03', true)
    = 1.2.3 @ 1 [1, 1]
semver('1-a', true)
    ! short version cannot contain PreRelease/Build meta data @ 1 [1, 1]
semver('1.2.3-rc.1').isGreaterThan(semver('1.2.3-rc.2'))
    = false @ 3 [3, 3]
semver('1.2.3-alpha.1') == semver('1.2.3-alpha.1')
    = true @ 5 [3, 3]
quantity('1Gi').add(quantity('1M'))
    = 1074741824 @ 3 [3, 3]
quantity('1.5Gi').sub(quantity('500Mi'))
    = 1036Mi @ 3 [3, 3]
quantity('100m').asApproximateFloat()
    = 0.1 @ 2 [2, 2]
quantity('1e3')
    = 1e3 @ 1 [1, 1]
quantity('-5').isLessThan(quantity('0'))
    = true @ 3 [3, 3]
quantity('0') == quantity('-0')
    = true @ 3 [3, 3]
format.dns1123Label().validate('a.b').value()
    = ["must not contain dots"] @ 10 [34, 34]
format.dns1123Subdomain().validate('').value()
    = ["a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"] @ 17 [2, 2]
format.qualifiedName().validate('').value()
    = ["name part must be non-empty","name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"] @ 17 [2, 2]
format.labelValue().validate('a b').value()
    = ["a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"] @ 12 [34, 34]
format.date().validate('2020-02-30').hasValue()
    = true @ 38 [34, 34]
format.datetime().validate('2020-02-30T00:00:00Z').hasValue()
    = true @ 56 [66, 66]
format.uuid().validate('123E4567E89B12D3A456426614174000').hasValue()
    = false @ 74 [130, 130]
format.byte().validate('').hasValue()
    = true @ 23 [2, 2]
format.byte().validate('YQ').hasValue()
    = true @ 23 [34, 34]
`;

interface Row {
  readonly source: string;
  readonly want: string;
}

/** Rows are an expression on a line, and indented below it what is wanted. */
function readTable(text: string): Row[] {
  const rows: { source: string; want: string[] }[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# ')) continue;
    if (line.startsWith('    ')) rows.at(-1)!.want.push(line.slice(4));
    else rows.push({ source: line, want: [] });
  }
  return rows.map(({ source, want }) => ({ source, want: want.join('\n') }));
}

function printSpan(span: Duration): string {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(\.\d+)?s$/.exec(printDuration(span))!;
  const seconds = Number(whole);
  if (seconds === 0 && fraction !== '') return `${sign}${Number(fraction) * 1000}ms`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${seconds % 60}${fraction}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${sign}${minutes}m${rest}` : sign + rest;
}

function print(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return printDouble(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Uint8Array) return `b${JSON.stringify(Buffer.from(value).toString())}`;
  if (value instanceof Duration) return printSpan(value);
  if (value instanceof Timestamp) return printTimestamp(value);
  if (value instanceof TypeValue) return `type:${value.name}`;
  if (value instanceof Optional) {
    return value.value === undefined ? 'none' : `some(${print(value.value)})`;
  }
  if (isList(value)) {
    return `[${Array.from({ length: value.length }, (_, i) => print(value.at(i))).join(',')}]`;
  }
  if (isMap(value)) {
    const entries = value.keys().map((key) => `${print(key)}:${print(value.get(key)!)}`);
    return `{${entries.sort().join(',')}}`;
  }
  return isObject(value) ? JSON.stringify(value.data) : String(value);
}

const printRange = ({ min, max }: CostRange): string => `[${min}, ${max >= 2 ** 53 ? '∞' : max}]`;

function outcomeOf(source: string, variables: Record<string, Type>): string {
  const { program, failure } = compile(source, variables);
  if (failure) {
    const lines = failure.message.split('\n').filter((line) => /^(?:ERROR|program)/.test(line));
    return lines.map((line) => `? ${line.replace('ERROR: <input>:', '')}`).join('\n');
  }
  const { value, cost } = program.evaluate({ self: SELF, oldSelf: OLD_SELF });
  const shown = isError(value) ? `! ${value.message}` : `= ${print(value)}`;
  return `${shown} @ ${cost} ${printRange(program.estimateCost())}`;
}

describe('expressions of constants', () => {
  for (const { source, want } of readTable(EXPRESSIONS)) {
    test(source, () => assert.equal(outcomeOf(source, {}), want));
  }
});

describe('rules of a schema', () => {
  const self = declareSchema(SCHEMA, false)!;
  for (const { source, want } of readTable(RULES + LIBRARY_RULES)) {
    test(source, () => assert.equal(outcomeOf(source, { self, oldSelf: self }), want));
  }
});
