import pytest

from cpp_source import CppSource


def functions(text):
    return [(one.name, one.first, one.last) for one in CppSource(text).functions]


@pytest.mark.parametrize("text, name, last", [
    ("int main() {\n}\n", "main", 2),
    ("Box::Box(int a)\n    : a_(a),\n      b_{a} {\n  Run();\n}\n", "Box::Box", 5),
    ("Box::Box(int a) : a_{a}, b_(a) {}\n", "Box::Box", 1),
    ("Box::~Box() {\n}\n", "Box::~Box", 2),
    ("bool operator<(const A& a, const A& b) {\n}\n", "operator<", 2),
    ("bool A::operator==(const A& a) const {\n}\n", "operator==", 2),
    ("auto Make(int a = 5, F f = [] { return 1; }) -> std::unique_ptr<Box> {\n}\n", "Make", 2),
    ("template <typename T>\n  requires(sizeof(T) > 1)\nT Take(T a) {\n}\n", "Take", 4),
    ("TEST(Router, FindsTheRoute) {\n  if (true) {\n  }\n}\n", "Router.FindsTheRoute", 4),
    ("void Print() {\n  Say(\"}\", '}', R\"x(}})x\");  // }\n  /* } */\n}\n", "Print", 4),
    ("void Count() {\n  int big = 1'000'000;\n}\n", "Count", 3),
    ("#define OPEN {\nvoid After() {\n}\n", "After", 3),
    ("extern \"C\" {\nint run(void) {\n}\n}\n", "run", 3),
    ("static const int kTable[] = {1, 2};\nint After() {\n}\n", "After", 3),
    ("const auto kF = [](int a) { return a; };\nint After() {\n}\n", "After", 3),
    ("enum class E { kA, kB };\nint After() {\n}\n", "After", 3),
])
def test_a_body_is_found_with_its_name_and_end(text, name, last):
    assert [(found, end) for found, _, end in functions(text)] == [(name, last)]


def test_a_function_begins_at_its_signature():
    assert functions("// Adds.\n\nint Add(int a,\n        int b) {\n  return a + b;\n}\n") == [
        ("Add", 3, 6)]


def test_members_and_nested_namespaces_are_followed():
    text = ("namespace a::b {\nnamespace {\nclass C final : public D {\n public:\n"
            "  int One() { return 1; }\n\n private:\n  int Two() const {\n    return 2;\n  }\n"
            "};\n}\nvoid Three() {}\n}\n")
    assert [name for name, _, _ in functions(text)] == ["One", "Two", "Three"]
