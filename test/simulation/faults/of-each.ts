/** Something for each node, made when it is first asked for. */
export function ofEach<Name extends string, Item>(
  make: (name: Name) => Item,
): (name: Name) => Item {
  const made = new Map<Name, Item>();
  return (name) => {
    const item = made.get(name) ?? make(name);
    made.set(name, item);
    return item;
  };
}
