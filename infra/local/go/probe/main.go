// Command probe is what the tests of the local cluster run in a Pod: it says what it sees from there.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: probe say TEXT | serve PORT | lookup NAME | get URL | dial ADDRESS | write FILE")
	}
	switch command, value := args[0], args[1]; command {
	case "say":
		fmt.Println(value)
	case "serve":
		fmt.Println("serving on", value)
		return http.ListenAndServe(":"+value, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, "hello from the Pod")
		}))
	case "lookup":
		started := time.Now()
		addresses, err := net.LookupHost(value)
		fmt.Println(addresses, time.Since(started).Milliseconds(), "ms")
		return err
	case "get":
		response, err := (&http.Client{Timeout: 5 * time.Second}).Get(value)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		_, err = io.Copy(os.Stdout, response.Body)
		return err
	case "dial":
		connection, err := net.DialTimeout("tcp", value, 5*time.Second)
		if err != nil {
			return err
		}
		fmt.Println("connected to", connection.RemoteAddr())
		return connection.Close()
	case "write":
		if err := os.WriteFile(value, []byte("written"), 0o600); err != nil {
			return err
		}
		fmt.Println("wrote", value)
	default:
		return fmt.Errorf("probe knows no %q", command)
	}
	return nil
}
