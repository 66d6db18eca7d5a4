module crmsync

go 1.19
