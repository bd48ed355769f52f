// Package safetensors reads and writes safetensors files: an 8-byte
// little-endian header length, a JSON header, raw little-endian data.
//
// It holds every number in a header against the file's size before it is believed, puts
// whatever is wrong on one line with the file's name, and writes files canonically (the
// same content is the same bytes), wholly or not at all, and with digests of all that
// they hold: see [Seal].
package safetensors
