import comments
import pytest

HEAD = "#pragma once\n\nnamespace tenantry::net {\n\n"


def names(text):
    """The declarations of a header that lack a comment."""
    problems = comments.check_header("src/net/x.h", HEAD + text + "\n}  // namespace\n")
    return [problem.message.split(" has no comment")[0] for problem in problems]


@pytest.mark.parametrize("text, missing", [
    ("int Add(int a, int b);", "Add"),
    ("template <typename T>\nT Twice(T value) { return value * 2; }", "Twice"),
    ("inline constexpr int kLimit = 5;", "kLimit"),
    ("class Server {};", "Server"),
    ("struct Answer {\n  int code;\n};", "Answer"),
    ("enum class Kind { kA, kB };", "Kind"),
    ("using Handler = std::function<void(int)>;", "Handler"),
    ("#define TWICE(x) ((x) * 2)", "macro TWICE"),
    ("/// A server.\nclass Server {\n public:\n  /// Begins.\n  void Start();\n\n"
     "  void Stop();\n};",
     "Server::Stop"),
    ("/// A server.\nstruct Server {\n  int port;\n  void Stop();\n};", "Server::Stop"),
    ("/// A server.\nclass Server {\n public:\n  struct Part {};\n};", "Server::Part"),
    ("/// First.\nint a();\n\nint b();", "b"),
    ("// clang-format off\nint a();", "a"),
])
def test_a_missing_comment_is_found(text, missing):
    assert names(text) == [missing]


@pytest.mark.parametrize("text", [
    "/// Adds.\nint Add(int a, int b);",
    "/// Adds.\ntemplate <typename T>\nT Add(T a, T b);",
    "/// A limit.\n[[nodiscard]] int Limit();",
    "/// Both are limits.\ninline constexpr int kLow = 1;\ninline constexpr int kHigh = 5;",
    "inline constexpr int kLow = 1;  ///< the lowest",
    "class Later;\nstruct Other;\nenum class Kind : int;",
    "using base::TenantId;",
    "static_assert(sizeof(int) == 4);",
    "namespace internal {\nint Hidden();\n}",
    "namespace {\nint Hidden();\n}",
    "/// A server.\nclass Server {\n  void Private();\n};",
    "/// A server.\nclass Server {\n public:\n  explicit Server(int port);\n"
    "  Server(const Server&) = delete;\n  Server& operator=(const Server&) = delete;\n"
    "  ~Server();\n  bool operator==(const Server&) const = default;\n\n"
    "  void Start() override;\n\n  int port = 0;\n  std::function<void(int)> handler;\n"
    "  template <typename H>\n  friend H AbslHashValue(H state, const Server& server);\n};",
    "/// A lock.\nclass ABSL_SCOPED_LOCKABLE Lock {\n public:\n  explicit Lock(int* held);\n};",
    "/// A server.\nclass Server {\n public:\n  /// Ends.\n  void Stop();\n\n private:\n"
    "  void Hidden();\n};",
    "/// Where two stand.\n#define AT(x) x",
    "/// One.\ntemplate <typename T>\nclass Box {\n  T value;\n};\n\n"
    "template <>\nclass Box<int> {\n public:\n  int Get();\n};",
    "/// Text.\ninline std::string Raw() { return R\"(class Inner { int f(); };)\"; }",
])
def test_what_needs_none_or_has_one_is_passed(text):
    assert names(text) == []
