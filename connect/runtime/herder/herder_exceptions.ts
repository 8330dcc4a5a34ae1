import { ConnectException } from "../../api/exceptions.ts";

/** A connector of this name exists. (`org.apache.kafka.connect.errors.AlreadyExistsException`, 409) */
export class AlreadyExistsException extends ConnectException {
  override readonly javaClass: string = "org.apache.kafka.connect.errors.AlreadyExistsException";
}

/** The request is invalid. (`org.apache.kafka.connect.runtime.rest.errors.BadRequestException`, 400) */
export class BadRequestException extends ConnectException {
  override readonly javaClass: string = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException";
}

/** The same request may succeed later. (`ConnectRestException` with 409) */
export class ConflictException extends ConnectException {
  override readonly javaClass: string = "org.apache.kafka.connect.runtime.rest.errors.ConnectRestException";
}
