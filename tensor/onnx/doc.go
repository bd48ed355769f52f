// Package onnx writes networks as ONNX models: graphs of standard operators that other
// runtimes compute. It knows as much of the format (onnx.proto) as that needs.
package onnx
