package check

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"entrec/internal/files"
	"entrec/internal/strictjson"
	"entrec/reference/report"
)

// maxDeclaration is how many bytes a declaration may have.
const maxDeclaration = 1 << 20

// readDeclaration reads what a command left at path to declare of itself; nothing is declared
// where nothing is there. The error is a *[DeclarationError].
func readDeclaration(path string) (report.Declaration, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return report.Declaration{}, nil
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return report.Declaration{}, &DeclarationError{"found a link, expected a regular file"}
	}
	content, err := files.Read(path, maxDeclaration)
	var d report.Declaration
	if err == nil {
		err = strictjson.UnmarshalKnown(content, &d)
	}
	if err != nil {
		var of *fs.PathError
		if errors.As(err, &of) {
			err = of.Err
		}
		return report.Declaration{}, &DeclarationError{strings.TrimPrefix(oneLine(err), path+": ")}
	}
	return d, nil
}
