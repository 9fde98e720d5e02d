module kubeopencode.io/local/probe

go 1.24
