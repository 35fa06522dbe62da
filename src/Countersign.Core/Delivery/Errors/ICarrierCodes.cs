namespace Countersign.Core.Delivery.Errors;

/// <summary>
/// The error codes of one kind of carrier, by what they mean. An adapter registers one beside its <see cref="ICarrierKind"/>, so that the dictionary can explain
/// any code that a carrier's log or support names. At most one for each kind.
/// </summary>
public interface ICarrierCodes
{
    /// <summary>The kind's name, as in <see cref="ICarrierKind.Name"/>, for example <c>vonage</c>.</summary>
    string Kind { get; }

    /// <summary>Every code that is known, as the carrier writes it, without the kind. Looked up regardless of case.</summary>
    IReadOnlyDictionary<string, DeliveryError> Codes { get; }
}
