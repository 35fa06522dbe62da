namespace Countersign.Core.Channels;

/// <summary>Which channels may carry the code of a payment (PSD2): whoever reads it has to see the amount and the payee beside it.</summary>
public static class PaymentChannels
{
    extension(Channel channel)
    {
        /// <summary>What the channel says names a payment. A call reads the code alone, and WhatsApp's templates for codes have room for nothing else.</summary>
        public bool NamesPayments => channel is Channel.Sms or Channel.Email;
    }
}
