// Prints whose each token is that is named. `userOf` is that of docs/SESSIONS.md, in shown.go.
package main

import (
	"fmt"
	"log"
	"os"
)

var login, clientSecret = os.Getenv("LOGIN"), os.Getenv("CLIENT_SECRET")

func main() {
	for _, token := range os.Args[1:] {
		username, err := userOf(token)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q\n", username)
	}
}
