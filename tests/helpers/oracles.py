"""Slow and obvious answers that the tests compare with; nothing of the package is used.

A tensor is a dict from words, tuples of letters, to coefficients, with the empty word
for level 0. Fractions stay exact, floats do not.
"""

from itertools import pairwise, product
from math import factorial, prod


def all_words(n_channels, depth):
    """All words by length and then in lexicographic order, without the empty one."""
    return [
        word
        for length in range(1, depth + 1)
        for word in product(range(n_channels), repeat=length)
    ]


def is_lyndon(word):
    """By the first definition: smaller than every other rotation of itself."""
    return all(word < word[i:] + word[:i] for i in range(1, len(word)))


def naive_signature(path, depth):
    """The signature of a list of points, by Chen's identity, step after step."""
    n_channels = len(path[0])
    words = [(), *all_words(n_channels, depth)]
    total = dict.fromkeys(words, 0)
    total[()] = 1
    for start, end in pairwise(path):
        step = [b - a for a, b in zip(start, end, strict=True)]
        # the exponential of a straight line
        line = {
            word: prod(step[letter] for letter in word) / factorial(len(word))
            for word in words
        }
        total = multiply(total, line)
    return total


def multiply(a, b):
    """The product of two tensors with the same words, cut off where these end."""
    return {
        word: sum(a[word[:i]] * b[word[i:]] for i in range(len(word) + 1)) for word in a
    }


def naive_log(tensor):
    """The logarithm's power series, for a tensor whose level 0 is 1."""
    depth = max(map(len, tensor))
    rest = {**tensor, (): 0}
    power = {word: int(word == ()) for word in tensor}
    total = dict.fromkeys(tensor, 0)
    for k in range(1, depth + 1):
        power = multiply(power, rest)
        for word, coefficient in power.items():
            total[word] += (-1) ** (k + 1) * coefficient / k
    return total


def naive_exp(tensor):
    """The exponential's power series, for a tensor whose level 0 is 0."""
    power = total = {word: int(word == ()) for word in tensor}
    for k in range(1, max(map(len, tensor)) + 1):
        power = {word: x / k for word, x in multiply(power, tensor).items()}
        total = {word: x + power[word] for word, x in total.items()}
    return total


def naive_logsignature(path, depth, basis="words"):
    """The log-signature as a list of coefficients, in the order of the words."""
    log = naive_log(naive_signature(path, depth))
    words = all_words(len(path[0]), depth)
    if basis == "expanded":
        return [log[word] for word in words]
    lyndon = [word for word in words if is_lyndon(word)]
    if basis == "words":
        return [log[word] for word in lyndon]
    # Peel off bracket by bracket: of the brackets left, that of the smallest word is
    # the only one in which this word stands.
    coefficients = {}
    for word in lyndon:
        coefficient = coefficients[word] = log[word]
        for other, factor in expand_bracket(word).items():
            log[other] -= coefficient * factor
    assert all(abs(left) < 1e-9 for left in log.values())
    return [coefficients[word] for word in lyndon]


def expand_bracket(word):
    """The standard bracketing of a Lyndon word, multiplied out."""
    if len(word) == 1:
        return {word: 1}
    cut = next(i for i in range(1, len(word)) if is_lyndon(word[i:]))
    total = {}
    for a, x in expand_bracket(word[:cut]).items():
        for b, y in expand_bracket(word[cut:]).items():
            total[a + b] = total.get(a + b, 0) + x * y
            total[b + a] = total.get(b + a, 0) - x * y
    return total
