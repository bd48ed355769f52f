// Package safetensors reads and writes safetensors files: an 8-byte
// little-endian header length, a JSON header, raw little-endian data.
//
// The format itself is github.com/nlpodyssey/safetensors'; this package holds
// every number in a header against the file's size before it is believed, puts
// whatever is wrong on one line with the file's name, and writes files canonically
// (the same content is the same bytes) and wholly or not at all.
package safetensors
