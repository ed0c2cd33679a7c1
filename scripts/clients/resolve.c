/*
 * getaddrinfo, its time and what it said: one line of JSON for each call.
 * Compiled with musl-gcc -static it asks as Plex does, whose programs bring musl's resolver along.
 *
 *   resolve TIMES NAME
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef EAI_NODATA
#define EAI_NODATA -5 /* musl keeps it behind _GNU_SOURCE. */
#endif

static double now_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static const char *word_for(int code) {
	switch (code) {
	case 0: return "found";
	case EAI_NONAME: return "EAI_NONAME";
	case EAI_NODATA: return "EAI_NODATA";
	case EAI_AGAIN: return "EAI_AGAIN";
	case EAI_FAIL: return "EAI_FAIL";
	default: return gai_strerror(code);
	}
}

static void look_up(const char *name) {
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char text[INET6_ADDRSTRLEN];
	double began = now_ms();
	int code = getaddrinfo(name, NULL, &hints, &list);
	double took = now_ms() - began;

	printf("{\"ms\":%.3f,\"said\":\"%s\",\"addresses\":[", took, word_for(code));
	for (struct addrinfo *at = code == 0 ? list : NULL; at; at = at->ai_next) {
		const void *address = at->ai_family == AF_INET
			? (const void *)&((struct sockaddr_in *)at->ai_addr)->sin_addr
			: (const void *)&((struct sockaddr_in6 *)at->ai_addr)->sin6_addr;
		printf("%s\"%s\"", at == list ? "" : ",", inet_ntop(at->ai_family, address, text, sizeof text));
	}
	puts("]}");
	if (code == 0) freeaddrinfo(list);
}

int main(int argc, char **argv) {
	if (argc != 3) return 64;
	for (int left = atoi(argv[1]); left > 0; left--) look_up(argv[2]);
	return 0;
}
