package sheet

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"io"

	"entrec/internal/files"
)

// A PNG begins with its signature and the chunk IHDR; behind them goes a chunk that says who
// drew the sheet.
const (
	markAt   = 8 + 4 + 4 + 13 + 4
	markType = "tEXt"
	markKey  = "Software\x00"
)

// PNG returns a sheet as PNG, in which the name of the program that drew it stands.
func PNG(s image.Image, by string) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, s); err != nil {
		return nil, err
	}
	content, mark := b.Bytes(), markType+markKey+by
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(mark)-len(markType)))
	chunk = append(chunk, mark...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE([]byte(mark)))
	return append(append(append([]byte{}, content[:markAt]...), chunk...), content[markAt:]...), nil
}

// By reports whether a file is a PNG that the program of that name drew.
func By(path, by string) bool {
	f, _, err := files.Open(path, 1<<30)
	if err != nil {
		return false
	}
	defer f.Close()
	mark := markType + markKey + by
	head := make([]byte, markAt+4+len(mark)+4)
	if _, err := io.ReadFull(f, head); err != nil {
		return false
	}
	length := binary.BigEndian.Uint32(head[markAt:])
	return int(length) == len(mark)-len(markType) && string(head[markAt+4:markAt+4+len(mark)]) == mark
}
