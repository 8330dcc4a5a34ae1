/** What a request can be refused for, besides an unknown name (NotFoundException). @module */

import { ConnectException } from "../../api/exceptions.ts";

/** A connector of that name is there. (`org.apache.kafka.connect.errors.AlreadyExistsException`, 409) */
export class AlreadyExistsException extends ConnectException {
  override readonly javaClass: string = "org.apache.kafka.connect.errors.AlreadyExistsException";
}

/** The request itself is wrong. (`org.apache.kafka.connect.runtime.rest.errors.BadRequestException`, 400) */
export class BadRequestException extends ConnectException {
  override readonly javaClass: string = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException";
}

/** Not now: the same request may succeed later. (`ConnectRestException` with 409) */
export class ConflictException extends ConnectException {
  override readonly javaClass: string = "org.apache.kafka.connect.runtime.rest.errors.ConnectRestException";
}
