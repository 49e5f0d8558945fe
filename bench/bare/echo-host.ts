/** Sends back what comes over the socket that it is started with: the least that a call of a native program can cost. */
import { Socket } from 'node:net';

const socket = new Socket({ fd: 3, readable: true, writable: true });
socket.on('data', (bytes) => void socket.write(bytes));
socket.on('close', () => process.exit(0));
