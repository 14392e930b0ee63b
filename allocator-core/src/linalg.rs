//! Small dense linear algebra with a fixed order of operations: the same bits natively and in wasm.
