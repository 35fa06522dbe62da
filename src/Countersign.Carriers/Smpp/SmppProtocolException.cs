namespace Countersign.Carriers.Smpp;

/// <summary>
/// Octets of a peer that are no PDU. It says where they went wrong and never repeats them: they may be a number or a text.
/// </summary>
public sealed class SmppProtocolException(uint status, string message) : Exception(message)
{
    /// <summary>The command_status with which a <see cref="GenericNack"/> answers it.</summary>
    public uint Status => status;

    /// <summary>The sequence number of the PDU; 0 where even that could not be read.</summary>
    public uint Sequence { get; init; }

    /// <summary>The command id of the PDU; 0 where even that could not be read.</summary>
    public uint CommandId { get; init; }

    /// <summary>True where nobody can tell where the next PDU begins: the connection is of no more use.</summary>
    public bool IsFatal { get; init; }
}
