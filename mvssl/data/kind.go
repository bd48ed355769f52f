package data

import (
	"bytes"

	"entrec/mvssl/data/picture"
)

// kinds are kinds of files by how they begin, for messages.
var kinds = []struct{ magic, kind string }{
	{"PK\x03\x04", "a zip archive"}, {"PK\x05\x06", "an empty zip archive"}, {"\x1f\x8b", "a gzip file"}, {"\x28\xb5\x2f\xfd", "a zstd file"},
	{"\xfd7zXZ\x00", "an xz file"}, {"BZh", "a bzip2 file"}, {"7z\xbc\xaf\x27\x1c", "a 7z archive"}, {"Rar!\x1a\x07", "a RAR archive"},
	{"\x04\x22\x4d\x18", "an lz4 file"}, {"\x93NUMPY", "a NumPy array (.npy)"}, {"PAR1", "a Parquet file"}, {"\x89HDF\r\n\x1a\n", "an HDF5 file"},
	{"MATLAB 5.0 MAT-file", "a MATLAB file (.mat)"}, {"MATLAB 7.3 MAT-file", "a MATLAB file (.mat, HDF5)"}, {"ARROW1\x00\x00", "an Arrow file"},
	{"\xff\xff\xff\xff", "an Arrow stream"}, {"Obj\x01", "an Avro file"}, {"SQLite format 3\x00", "an SQLite data base"}, {"%PDF-", "a PDF"},
	{"\x80\x02", "a pickle"}, {"\x80\x03", "a pickle"}, {"\x80\x04", "a pickle"}, {"\x80\x05", "a pickle"},
	{"\x00\x00\x08\x03", "an IDX file, whose folder would do"}, {"\x00\x00\x08\x01", "an IDX file, whose folder would do"},
	{"\x00\x00\x00\x0cJXL ", "a JPEG XL image"}, {"\xff\x0a", "a JPEG XL image"}, {"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"},
	{"{", "JSON"}, {"<", "HTML or XML"},
}

// kindOf is what kind of file it seems to be that begins so; "" where nothing is known.
func kindOf(head []byte) string {
	if len(head) >= 12 && string(head[4:8]) == "ftyp" {
		return "an HEIC or AVIF image, or a video"
	}
	for _, k := range kinds {
		if bytes.HasPrefix(head, []byte(k.magic)) {
			return k.kind
		}
	}
	if name := picture.Kind(head); name != "" {
		return "one image (" + name + "), whose folder would do"
	}
	if isTar(head) {
		return "a tar archive"
	}
	return ""
}
