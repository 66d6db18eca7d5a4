module crmsync-examples

go 1.19

require crmsync v0.0.0

replace crmsync => ../../bindings/go
