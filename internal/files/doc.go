// Package files reads files that a stranger can have made, and writes files wholly or
// not at all.
package files
