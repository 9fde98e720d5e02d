module kubeopencode.io/local/pause

go 1.24
