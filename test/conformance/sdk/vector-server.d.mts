/** Serves the vectors on loopback. */
export declare function serveVectors(): Promise<{ readonly url: string; close(): Promise<void> }>;
