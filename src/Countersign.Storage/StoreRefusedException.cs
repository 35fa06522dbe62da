namespace Countersign.Storage;

/// <summary>The store cannot be used with these settings. The message says what, why and what next, and holds no secret.</summary>
public sealed class StoreRefusedException(string message) : Exception(message);
