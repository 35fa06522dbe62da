namespace Countersign.Core;

/// <summary>Asks for one page of a list that is ordered newest first.</summary>
/// <param name="Size">Items, 1 to 1000.</param>
/// <param name="Cursor">Where the page starts; null for the first page.</param>
public readonly record struct PageRequest(int Size, PageCursor? Cursor);

/// <summary>A place between two items of a list: stays right when items are added or removed around it.</summary>
/// <param name="Position">The store's own order of the item next to the place.</param>
/// <param name="Backwards">True to read the newer items before the place, false for the older ones after it.</param>
public readonly record struct PageCursor(long Position, bool Backwards);

/// <summary>One page, newest first, with the cursors of its neighbours where there are any.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, PageCursor? Previous, PageCursor? Next);
