#!/bin/sh
# {{.Runs}} runs of the sweep {{.Name}}, {{.Threads}} threads each: needs GNU parallel.
exec parallel --quote --jobs {{.Percent}}% --joblog {{.Out}}/logs/parallel.tsv \
	{{.Command}} sweep run {{.File}} --index {} --out {{.Out}} --threads {{.Threads}}{{.Load}} ::: {{.Indices}}
