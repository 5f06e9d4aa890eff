package main

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
)

//go:embed static
var staticFiles embed.FS

// version names what the static files hold. It is part of their addresses, so
// that browsers may keep them for good.
var version = hashFiles(staticFiles)

func hashFiles(files fs.FS) string {
	hash := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		hash.Write(content)
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return hex.EncodeToString(hash.Sum(nil)[:6])
}

// asset returns the address of a static file.
func asset(name string) string { return "/static/" + version + "/" + name }

func serveStatic(w http.ResponseWriter, r *http.Request) {
	policy := "public, max-age=31536000, immutable"
	if r.PathValue("version") != version { // a page of another release asks
		policy = "no-cache"
	}
	w.Header().Set("Cache-Control", policy)
	http.ServeFileFS(w, r, staticFiles, "static/"+r.PathValue("file"))
}
