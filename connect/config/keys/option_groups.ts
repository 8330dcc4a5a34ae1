/** Names of option groups, as forms show them. @module */

export const COMMON_GROUP = "Common";
export const TRANSFORMS_GROUP = "Transforms";
export const PREDICATES_GROUP = "Predicates";
export const ERROR_GROUP = "Error Handling";
export const DELIVERY_GROUP = "Delivery";
