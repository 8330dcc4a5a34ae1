/** Events of an online shop's customers for benchmarks and tests: about 900 bytes, of which a sink wants four fields. @module */

import { Random } from "./random.ts";

const firstNames = [
  "Ana Beatriz",
  "João",
  "Maria Clara",
  "José",
  "Antônio",
  "Luís Fernando",
  "Pedro",
  "Letícia",
];
const lastNames = ["Souza Lima", "da Silva", "de Araújo", "Gonçalves", "Pereira Filho", "Moura", "Nóbrega"];
const streets = ["Rua das Acácias", "Avenida Paulista", "Travessa São João", "Alameda Santos"];
const cities = ["São Paulo", "Rio de Janeiro", "Belo Horizonte", "Goiânia"];
const products = [
  "Fone de ouvido",
  "Cafeteira elétrica",
  "Tênis de corrida",
  "Mochila 20L",
  "Panela de pressão",
];
const regions = ["SP", "RJ", "MG", "RS", "PR", "BA", "PE", "CE"];

/** The fields that a sink wants. */
export const customerFields: readonly (readonly string[])[] = [["customer_id"], ["name"], ["phone"], [
  "region",
]];

/**
 * Returns the JSON of one event; the same number makes the same event.
 *
 * @example
 * ```ts
 * import { customerEvent } from "./customer_event.ts";
 * if (typeof JSON.parse(customerEvent(7)).customer_id !== "number") throw new Error("an id, and 15 other fields");
 * ```
 */
export function customerEvent(number: number): string {
  const random = new Random(number);
  const digits = (count: number) => Array.from({ length: count }, () => random.integer(0, 9)).join("");
  const of = (list: readonly string[]) => list[random.integer(0, list.length - 1)];
  const money = () => `${random.integer(5, 900)}.${digits(2)}`;
  const id = 1_000_000 + random.integer(1, 100_000);
  const name = `${of(firstNames)} ${of(lastNames)}`;
  const items = Array.from(
    { length: random.integer(3, 5) },
    () =>
      `{"sku":"SKU-${digits(8)}","name":"${of(products)}","quantity":${
        random.integer(1, 5)
      },"unit_price":${money()}}`,
  );
  return `{"event":"registration","customer_id":${id},"name":"${name}","phone":"+55 11 9${digits(4)}-${
    digits(4)
  }","region":"${of(regions)}","email":"cliente.${id}@example.com.br","cpf":"${digits(3)}.${digits(3)}.${
    digits(3)
  }-${digits(2)}","birth_date":"19${random.integer(50, 99)}-0${random.integer(1, 9)}-1${
    digits(1)
  }","password_hash":"$2b$12$${digits(53)}","card":{"number":"4${digits(15)}","holder":"${name}","expiry":"0${
    random.integer(1, 9)
  }/29","cvv":"${digits(3)}"},"address":{"street":"${of(streets)}","number":"${
    random.integer(1, 4000)
  }","complement":"Apto ${random.integer(1, 200)}","district":"Jardim Europa","city":"${of(cities)}","zip":"${
    digits(5)
  }-${digits(3)}"},"items":[${items}],"total":${money()},"created_at":"2026-01-01T00:00:${
    random.integer(10, 59)
  }.000Z"}`;
}
