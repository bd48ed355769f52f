package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMattering: of what the runtimes of languages write, the line that says what went wrong.
func TestMattering(t *testing.T) {
	for _, tc := range []struct{ language, stderr, want string }{
		{"nothing", "", ""},
		{"one line", "out of memory\n", "out of memory"},
		{"node", "/b/relu.js:12\n    throw new TypeError('x is not a function');\n    ^\n\nTypeError: x is not a function\n    at relu (/b/relu.js:12:11)\n    at Object.<anonymous> (/b/relu.js:15:1)\n\nNode.js v20.11.1\n",
			"TypeError: x is not a function"},
		{"node with an object", "node:internal/modules/cjs/loader:1147\n  throw err;\n  ^\n\nError: Cannot find module 'tfjs'\nRequire stack:\n- /b/relu.js\n    at Module._load (node:internal:1)\n  code: 'MODULE_NOT_FOUND',\n  requireStack: [ '/b/relu.js' ]\n}\n\nNode.js v22.1.0",
			"Error: Cannot find module 'tfjs'"},
		{"node's own code", "RangeError [ERR_OUT_OF_RANGE]: The value of \"offset\" is out of range.\n    at check (node:buffer:1)\n\nNode.js v18.0.0", "RangeError [ERR_OUT_OF_RANGE]: The value of \"offset\" is out of range."},
		{"go panic", "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.relu(...)\n\t/b/main.go:12\nmain.main()\n\t/b/main.go:17 +0x1d\nexit status 2\n",
			"panic: runtime error: index out of range [5] with length 3"},
		{"go log", "2024/05/01 10:00:00 relu: shape mismatch\nexit status 1\n", "2024/05/01 10:00:00 relu: shape mismatch"},
		{"rust", "thread 'main' panicked at src/main.rs:7:14:\nindex out of bounds: the len is 3 but the index is 5\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
			"thread 'main' panicked at src/main.rs:7:14: index out of bounds: the len is 3 but the index is 5"},
		{"old rust", "thread 'main' panicked at 'no such file', src/main.rs:7:14\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
			"thread 'main' panicked at 'no such file', src/main.rs:7:14"},
		{"rust result", "Error: Os { code: 2, kind: NotFound }\n", "Error: Os { code: 2, kind: NotFound }"},
		{"python", "Traceback (most recent call last):\n  File \"b.py\", line 3, in <module>\n    relu(x)\n    ~~~~^^^\nValueError: shapes do not fit\n", "ValueError: shapes do not fit"},
		{"python chain", "Traceback (most recent call last):\nKeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\ntorch.cuda.OutOfMemoryError: CUDA out of memory\n", "torch.cuda.OutOfMemoryError: CUDA out of memory"},
		{"c++", "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no device\nAborted (core dumped)\n", "what():  no device"},
		{"assert", "b: main.cpp:4: int main(): Assertion `n > 0' failed.\nAborted (core dumped)\n", "b: main.cpp:4: int main(): Assertion `n > 0' failed."},
		{"java", "Exception in thread \"main\" java.lang.IllegalStateException: no kernel\n\tat Main.main(Main.java:3)\n", "Exception in thread \"main\" java.lang.IllegalStateException: no kernel"},
		{"c#", "Unhandled exception. System.InvalidOperationException: no kernel\n   at Program.Main() in /b/p.cs:line 3\n", "Unhandled exception. System.InvalidOperationException: no kernel"},
		{"julia", "ERROR: LoadError: DimensionMismatch: 3 and 4\nStacktrace:\n [1] relu(x)\n   @ Main ./b.jl:3\nin expression starting at /b/b.jl:9\n", "ERROR: LoadError: DimensionMismatch: 3 and 4"},
		{"swift", "b/main.swift:3: Fatal error: Index out of range\nIllegal instruction\n", "Illegal instruction"},
		{"sanitizer", "==17==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1\n    #0 0x1 in relu\n==17==ABORTING\n", "==17==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1"},
		{"only noise", "Node.js v20.11.1\n", "Node.js v20.11.1"},
		{"carriage returns", "loading 10 %\rloading 100 %\r\nno kernel\r\n", "no kernel"},
	} {
		var kept tail
		_, _ = kept.Write([]byte(tc.stderr))
		require.Equal(t, tc.want, mattering(kept.lines()), tc.language)
	}
}

// TestTail: a program that writes without end leaves twenty lines of bounded length.
func TestTail(t *testing.T) {
	var kept tail
	for i := range 5000 {
		fmt.Fprintf(&kept, "line %d\n", i)
	}
	require.Len(t, kept.lines(), keptLines)
	require.Equal(t, "line 4999", kept.lines()[keptLines-1])
	_, _ = kept.Write([]byte(strings.Repeat("x", 1<<20)))
	require.Equal(t, []string{strings.Repeat("x", maxLine)}, kept.lines())
}
