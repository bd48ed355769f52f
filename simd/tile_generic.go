//go:build !amd64 || purego

package simd

// asmTile is never called where there is no level above Generic.
func asmTile[T Float](p *TileArgs[T]) { plainTile(p, MR[T]()) }
